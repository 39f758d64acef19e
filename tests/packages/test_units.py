"""docs/deploy/*.service and *.timer: understood by systemd, confined as far as it goes. tests/docs/test_install.py runs
the server as its unit says."""

import re
import subprocess

import pytest

from tests.support.confinement import Unit
from tests.support.docs_pages import DOCS, FOLDERS, Machine

pytestmark = pytest.mark.needs("systemd-analyze")
DEPLOY = DOCS / "deploy"
PLUGIN = "kms-kubernetes.service"
SERVICES = ["kms.service", "kms-backup.service", PLUGIN]
WHAT_THEY_DO = {
    *("Description", "Documentation", "Wants", "After", "Type", "ExecStart", "StandardOutput", "WantedBy"),
    *(
        "TimeoutStartSec",
        "TimeoutStopSec",
        "Restart",
        "RestartSec",
        "StartLimitIntervalSec",
        "ReadWritePaths",
        "LimitNOFILE",
    ),
}
AS_WHOM_AND_WHERE = {
    *("User", "Group", "DynamicUser", "WorkingDirectory", "EnvironmentFile", "StateDirectory", "StateDirectoryMode"),
    *("RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve", "Before"),
}
"""The plug-in is on other machines than the server."""
HIGHEST_EXPOSURE = 1.1


@pytest.fixture
def machine(tmp_path):
    """A machine whose program has a Python, and the units with its paths."""
    python = tmp_path / "opt/kms/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/sh")
    (tmp_path / "opt/kms/docs").symlink_to(DOCS)
    plugin = tmp_path / "opt/kms-kubernetes/bin/kms-kubernetes-plugin"
    plugin.parent.mkdir(parents=True)
    plugin.symlink_to("/bin/sh")
    one = Machine(tmp_path, folders=(*FOLDERS, "/opt/kms-kubernetes"))
    for path in DEPLOY.glob("kms*.*"):
        (tmp_path / path.name).write_text(one.own(path.read_text()))
    return one


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_the_units(machine):
    units = [machine.root / name for name in (*SERVICES, "kms-backup.timer")]

    assert analyze("verify", "--man=no", *map(str, units)) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_exposed_as_little_as_one_that_has_a_network_can_be(name):
    _, said = analyze("security", "--offline=yes", str(DEPLOY / name))

    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)

    assert exposure is not None, said
    assert float(exposure[1]) <= HIGHEST_EXPOSURE


@pytest.mark.parametrize(("name", "apart"), [("kms-backup.service", set()), (PLUGIN, AS_WHOM_AND_WHERE)])
def test_the_others_are_confined_as_the_server_is(name, apart):
    server, other = (
        {
            directive: lines
            for directive, lines in Unit((DEPLOY / one).read_text()).directives.items()
            if directive not in apart | WHAT_THEY_DO
        }
        for one in ("kms.service", name)
    )

    assert other == server
    assert len(server) > 25


def test_the_first_password_does_not_get_into_the_journal():
    assert Unit((DEPLOY / "kms.service").read_text()).words("StandardOutput") == ["null"]
