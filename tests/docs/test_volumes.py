"""docs/integrations/volumes.md, followed on a machine of its own; what systemd would do is done as its units say."""

import subprocess
from pathlib import Path

import pytest

from tests.support.confinement import Unit
from tests.support.docs_pages import DOCS, follow
from tests.support.file_systems import mounted
from tests.support.host import Host
from tests.support.servers import Server

PAGE = "integrations/volumes.md"
UNIT = "kms-volume@.service"
INSTANCE = "kms-volume@srv-accounts.luks.service"
GENERATOR = "/usr/lib/systemd/system-generators/systemd-fstab-generator"
pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs("cryptsetup", "qemu-storage-daemon", "fuse2fs", "fusermount3", "systemd-analyze"),
]


@pytest.fixture
def host(server: Server, tmp_path: Path) -> Host:
    return Host(tmp_path, server, "alias/disks")


def test_the_page_is_followed(host: Host) -> None:
    unit = Unit((DOCS / "deploy" / UNIT).read_text())
    (setting,) = unit.words("Environment")

    def as_systemd(directive: str) -> str:
        (command,) = unit.directives[directive]
        return host.run(f"export {setting}; {command.replace('%f', '/srv/accounts.luks')}")

    def mount_with_the_machine() -> None:
        disk = as_systemd("ExecStart").strip()
        with mounted(Path(disk), host.path("/var/lib/accounts")) as folder:
            (folder / "accounts.txt").write_text("4711")
        as_systemd("ExecStop")

    printed = follow(
        PAGE,
        host,
        {
            "apt-get install": lambda: None,
            "systemctl daemon-reload": mount_with_the_machine,
            "systemctl stop postgresql": lambda: None,  # tests/engines/disks/test_postgresql.py
        },
    )

    assert f"{host.path('/srv')}/accounts.luks.plain\n" in printed
    assert host.path("/etc/kms-engines.toml").stat().st_mode & 0o777 == 0o600
    assert {one.name for one in host.path("/srv").iterdir()} == {"accounts.luks", "accounts.luks.json"}


def test_the_volume_is_opened_before_it_is_mounted_and_closed_after(host: Host, tmp_path: Path) -> None:
    line = next(one for one in (DOCS / PAGE).read_text().splitlines() if one.startswith("/srv/accounts.luks.plain "))
    (tmp_path / "fstab").write_text(line + "\n")
    units = [tmp_path / name for name in ("units", "early", "late")]
    for folder in units:
        folder.mkdir()
    subprocess.run([GENERATOR, *units], env={"SYSTEMD_FSTAB": str(tmp_path / "fstab")}, check=True)
    host.run("/opt/kms/integrations/kms-engines/pack /usr/local/bin")
    (units[0] / INSTANCE).write_text(host.own((DOCS / "deploy" / UNIT).read_text()))
    escaped = subprocess.run(
        ["systemd-escape", "--path", line.split()[0].removesuffix(".plain")], capture_output=True, text=True, check=True
    )

    mount = units[0] / "var-lib-accounts.mount"
    done = subprocess.run(
        ["systemd-analyze", "verify", mount, units[0] / INSTANCE], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert UNIT.replace("@", f"@{escaped.stdout.strip()}") == INSTANCE
    found = Unit(mount.read_text())
    assert (found.words("Requires"), found.words("After")) == ([INSTANCE], [INSTANCE])
