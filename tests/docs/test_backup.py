"""docs/backup.md, followed on one machine and, at its end, on another."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.docs_pages import DOCS, Machine, blocks_of, follow
from tests.support.installations import unpack, wrong_in
from tests.support.operated import Service

UNITS = ("kms-backup.service", "kms-backup.timer")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_the_page_is_followed(tmp_path: Path) -> None:
    machine, other = Machine(tmp_path / "machine"), Machine(tmp_path / "other")
    service, elsewhere = Service(machine), Service(other)
    known = unpack(machine.path("/var/lib/kms"))
    (machine.path("/var/lib/kms") / "root.key").rename(machine.path("/etc/kms/root.key"))
    for one in (service, elsewhere):
        one.configure()

    def on_the_new_machine() -> str:
        shutil.copy2(machine.path("/etc/kms/root.key"), other.path("/etc/kms/root.key"))
        shutil.copytree(machine.path("/var/backups/kms"), other.path("/var/backups/kms"), dirs_exist_ok=True)
        return other.run(next(one for one in blocks_of("backup.md") if one.startswith("# On the new machine")))

    instead = {
        "cp /opt/kms/docs/deploy/kms-backup.service": lambda: None,
        "systemctl stop kms": service.stop,
        "systemctl start kms": service.start,
        "# On the new machine": on_the_new_machine,
    }
    try:
        service.start()
        printed = follow("backup.md", machine, instead)
        assert service.server is not None
        assert wrong_in(service.server, known) == []
        service.stop()
        elsewhere.start()
        assert elsewhere.server is not None
        assert wrong_in(elsewhere.server, known) == []
    finally:
        service.stop()
        elsewhere.stop()

    assert printed[0].startswith("Backup ")
    assert printed[1].startswith("Whole: ")
    restored = next(one for one in printed if one.startswith("Restored "))
    assert "kms.replaced-" in restored
    assert "INTACT" in printed[-2] + printed[-1]


@pytest.mark.needs("systemd-analyze")
def test_the_units_are_sound(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for name in UNITS:
        (tmp_path / name).write_text(machine.own((DOCS / "deploy" / name).read_text()))

    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
