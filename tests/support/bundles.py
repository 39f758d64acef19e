"""A bundle of this very program, and where tests install it: once for all tests of a process."""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from console import VERSION

ROOT = Path(__file__).resolve().parents[2]
NAME = f"kms-{VERSION}"
OTHER_USER = 10001
IS_ROOT = os.geteuid() == 0
_FOLDER = tempfile.TemporaryDirectory(prefix="kms-packages-")  # removed when the process ends


@cache
def place() -> Path:
    """A folder that other users may look into, which pytest's are not."""
    path = Path(_FOLDER.name)
    path.chmod(0o755)
    return path


@cache
def python() -> Path:
    """A Python of this one's version, outside any environment, that other users may run: the machine's own."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [Path(folder) / version for folder in (f"{sys.base_prefix}/bin", "/usr/bin", "/usr/local/bin")]
    fit = next(filter(_is_for_others, found), None)
    assert fit is not None, f"None of {found} can be run by other users and makes environments: install python3-venv."
    return fit


def _is_for_others(program: Path) -> bool:
    try:
        return (
            subprocess.run([program, "-c", "import ensurepip, venv"], cwd="/", check=False, **other_user()).returncode
            == 0
        )
    except OSError:
        return False


def other_user() -> dict[str, Any]:
    """Arguments of Popen for a process without root's rights."""
    return {"user": OTHER_USER, "group": OTHER_USER, "extra_groups": []} if IS_ROOT else {}


def make_bundle(folder: Path, sources: Path = ROOT) -> Path:
    """What `make bundle` makes of some sources, in a folder."""
    requirements = next(one for one in ("wheels/requirements.txt", "requirements.txt") if (sources / one).exists())
    command = [str(sources / "docs/deploy/bundle"), sys.executable, requirements, str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run(command, cwd=sources, env=environment, check=True, capture_output=True, timeout=300)
    return folder / f"{NAME}.tar.gz"


@cache
def bundle() -> Path:
    """The bundle."""
    return make_bundle(place() / "dist")


def unpack(folder: Path) -> Path:
    """The sources of the bundle, unpacked into a new folder."""
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", bundle(), "--strip-components", "1", "-C", folder], check=True)
    return folder


def bare_environment() -> dict[str, str]:
    """The environment of a machine that knows of no registry and of none of this one's wheels."""
    home = place() / "home"
    home.mkdir(exist_ok=True)
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull}
