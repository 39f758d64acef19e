"""`make bundle`: sources and wheels in one archive, from which `make run` serves on a machine without a network."""

import hashlib
import json
import re
import subprocess
import sys
import tarfile

import pytest

from console import VERSION
from tests.supply.pins import needed
from tests.support.bundles import NAME, ROOT, bare_environment, bundle, make_bundle, place, python, unpack
from tests.support.confinement import Confinement

pytestmark = pytest.mark.xdist_group("packages")
OFFLINE = ROOT / "tests/packages/offline.py"


@pytest.fixture(scope="module")
def packed():
    """The members of the bundle, by their paths below its only folder."""
    with tarfile.open(bundle()) as archive:
        members = {one.name.partition("/")[2]: one for one in archive.getmembers() if "/" in one.name}
        assert {one.split("/")[0] for one in archive.getnames()} == {NAME}
    return members


@pytest.fixture(scope="module")
def offline():
    """The bundle, unpacked."""
    return unpack(place() / "offline")


def packages(path):
    """Names and versions of what a list of requirements installs here."""
    return {(pin.name, pin.version) for pin in needed(path)}


def test_it_is_named_by_the_version_and_its_sum_lies_beside():
    digest = hashlib.sha256(bundle().read_bytes()).hexdigest()

    assert bundle().name == f"kms-{VERSION}.tar.gz"
    assert bundle().with_name(f"kms-{VERSION}.tar.gz.sha256").read_text() == f"{digest}  {bundle().name}\n"


def test_it_holds_the_sources_with_docs_and_tests_and_none_of_this_machine_s_files(packed):
    top = {path.split("/")[0] for path in packed}

    assert {"Makefile", "README.md", "LICENSE", "manage.py", "docs/install.md", "tests/conftest.py"} <= {*packed}
    assert top & {".git", ".venv", ".venv-otc", "data", "dist", "test-results"} == set()
    assert [path for path in packed if re.search(r"\.pyc$|\.sqlite3|\.key$|\.log$|__pycache__|_cache", path)] == []
    assert {(one.uid, one.gid, one.uname) for one in packed.values()} == {(0, 0, "")}
    assert {one.mode for one in packed.values()} == {0o755, 0o644}


def test_its_wheels_are_what_the_server_runs_on_each_with_its_hash(packed, offline):
    wheels = [path for path in packed if path.endswith(".whl")]
    text = (offline / "wheels/requirements.txt").read_text()

    assert packages(offline / "wheels/requirements.txt") == packages(ROOT / "requirements.txt")
    assert len(wheels) == text.count("--hash=sha256:") == len(packages(ROOT / "requirements.txt"))
    assert f"Python {sys.version_info.major}.{sys.version_info.minor} on " in text.splitlines()[0]


def test_its_bill_of_materials_has_the_hash_of_each_wheel(offline):
    bill = json.loads((offline / "wheels/kms.cdx.json").read_text())

    listed = {
        one["content"]
        for component in bill["components"]
        for found in component.get("externalReferences", [])
        for one in found["hashes"]
    }

    assert listed == {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in offline.glob("wheels/*.whl")}


def test_a_bundle_that_is_made_of_a_bundle_is_the_same_byte_for_byte(offline):
    assert make_bundle(place() / "again", sources=offline).read_bytes() == bundle().read_bytes()


def may(*command):
    return subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.needs("systemd-analyze")
def test_make_run_serves_it_where_there_is_no_network(offline):
    alone = next((one for one in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]) if may(*one)), None)
    if alone is None:  # where no network of one's own may be made, at least nothing that is installed opens a socket
        run(["make", "build", f"PYTHON={python()}"], offline, preexec_fn=Confinement.without_network().begin)
        return

    found = json.loads(run([*alone, str(python()), str(OFFLINE)], offline, PORT="8000"))

    assert found == {"outside": "[Errno 101] Network is unreachable", "answer": "ok\n"}


def test_a_wheel_that_was_changed_is_not_installed(offline, tmp_path):
    wheel = next(offline.glob("wheels/whitenoise-*.whl"))
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--target", tmp_path, "--requirement", "wheels/requirements.txt"],
        cwd=offline,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    wheel.write_bytes(whole)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert list(tmp_path.iterdir()) == []


def run(command, folder, *, preexec_fn=None, **settings):
    done = subprocess.run(
        command,
        cwd=folder,
        env={**bare_environment(), **settings},
        preexec_fn=preexec_fn,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
