"""docs/upgrade.md, followed with a newer version that has one more migration, there and back."""

from pathlib import Path

import pytest

from tests.support.docs_pages import ROOT, Machine, follow
from tests.support.installations import NEWER, newer_program, unpack, wrong_in
from tests.support.operated import Service

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_the_page_is_followed(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    service, program = Service(machine), machine.path("/opt/kms")
    known = unpack(machine.path("/var/lib/kms"))
    (machine.path("/var/lib/kms") / "root.key").rename(machine.path("/etc/kms/root.key"))
    service.configure()
    newer = newer_program(tmp_path / "newer")

    def put(source: Path) -> None:
        program.unlink()
        program.symlink_to(source)

    instead = {
        "systemctl stop kms": service.stop,
        "mv /opt/kms /opt/kms-before": lambda: put(newer),
        "systemctl start kms": service.start,
        "mv /opt/kms /opt/kms-newer": lambda: put(ROOT),
    }
    try:
        service.start()
        printed = follow("upgrade.md", machine, instead)
        assert service.server is not None
        assert wrong_in(service.server, known) == []
    finally:
        service.stop()

    upgraded = next(one for one in printed if one.startswith(NEWER))
    assert f"before-{NEWER}-" in upgraded
    assert "INTACT" in upgraded
    assert any(one.startswith("Restored ") for one in printed)
    assert "INTACT" in printed[-1]
