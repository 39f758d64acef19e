"""docs/postgresql.md, followed with a database of the test's own."""

from pathlib import Path

import pytest

from tests.support.docs_pages import Machine, follow
from tests.support.installations import unpack, wrong_in
from tests.support.operated import Service
from tests.support.tools import fresh_database

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_the_page_is_followed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    service = Service(machine)
    known = unpack(machine.path("/var/lib/kms"))
    (machine.path("/var/lib/kms") / "root.key").rename(machine.path("/etc/kms/root.key"))
    service.configure()
    with fresh_database() as url:
        instead = {
            "createuser": lambda: None,
            "umask 077": lambda: machine.path("/etc/kms/database-url").write_text(f"{url}\n"),
            "systemctl stop kms": service.stop,
            "systemctl start kms": service.start,
        }
        try:
            service.start()
            printed = follow("postgresql.md", machine, instead)
            assert service.server is not None
            assert service.server.database == "postgresql"
            assert wrong_in(service.server, known) == []
        finally:
            service.stop()

    assert any(one.startswith("Moved to the PostgreSQL database") for one in printed)
    assert "INTACT" in printed[-1]
