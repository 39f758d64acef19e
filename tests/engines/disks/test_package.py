"""kms-engines is installed by pip, or packed into files that need Python alone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engines.disks.conftest import PACKAGE
from tests.support.tools import ENGINES, PLACES

pytestmark = pytest.mark.engines
OFFLINE = ("--quiet", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--root-user-action=ignore")


def help_of(command: Path) -> str:
    done = subprocess.run([command, "--help"], env={"PATH": PLACES}, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("way", ["pip", "pack"])
def test_both_commands_are_there(way: str, tmp_path: Path) -> None:
    if way == "pip":
        shutil.copytree(PACKAGE, tmp_path / "source")  # pip builds in it
        python, target = ENGINES / "bin/python", tmp_path / "installed"
        subprocess.run([python, "-m", "pip", "install", *OFFLINE, "--target", target, tmp_path / "source"], check=True)
        for script in (target / "bin").iterdir():
            script.write_text(
                script.read_text().replace("\n", f"\nimport sys; sys.path.insert(0, {str(target)!r})\n", 1)
            )
        folder = target / "bin"
    else:
        folder = tmp_path
        subprocess.run([PACKAGE / "pack", folder], check=True)

    for name, does in (("kms-volume", "create,open,close,rekey"), ("kms-image", "encrypt,decrypt,rekey")):
        said = help_of(folder / name)
        assert said.startswith(f"usage: {name} ")
        assert [one for one in does.split(",") if f"\n    {one} " not in said] == []
        assert "KMS_SECRET_KEY" in said
        failed = subprocess.run(
            [folder / name, does.rpartition(",")[2], "/nonexistent"],
            env={"PATH": PLACES, "HOME": str(tmp_path)},
            capture_output=True,
            check=False,
        )
        assert failed.returncode == 3
