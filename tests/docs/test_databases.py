"""docs/integrations/databases.md, followed: from MariaDB as it is installed, with a table, to one whose files are
ciphertext."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.models import Service
from keys.views.service_settings import PAGES, Filled
from tests.engines import mariadb
from tests.engines.kms import active, behind_nginx, shipped
from tests.engines.mariadb import MariaDb
from tests.engines.project import Project
from tests.support.docs_pages import Machine, blocks_of, follow
from tests.support.servers import Server

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs(*mariadb.PROGRAMS, "nginx"),
    pytest.mark.skipif(not mariadb.PLUGIN.exists(), reason=f"It needs the package {mariadb.PACKAGE}."),
    pytest.mark.xdist_group("databases"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),  # the SDK's own
]
PAGE = "integrations/databases.md"
ENCRYPTED = "mariadb --skip-column-names"


class Administrator(Machine):
    """A machine with a MariaDB of its own."""

    data: Path

    def own(self, text: str) -> str:
        text = super().own(text).replace("/var/lib/mysql", str(self.data))
        return re.sub(r"(?<![\w/])/etc/(mysql|systemd)\b", lambda found: str(self.path(found[0])), text)


@pytest.fixture
def project(server: Server, tmp_path: Path) -> Iterator[Project]:
    with behind_nginx(server, tmp_path / "nginx") as kms:
        yield Project(server, kms)


def test_the_page_leads_to_a_database_whose_files_are_ciphertext(project: Project, tmp_path: Path) -> None:
    key = project.new_key()
    project.mount("mariadb/db1", key, database_key=1)
    server = MariaDb(tmp_path / "mariadb", project.kms, "mariadb/db1", project.service_user(key).token)
    machine = Administrator(tmp_path / "machine", {"HOME": str(tmp_path)})
    machine.data = server.data
    settings = machine.path("/etc/mysql/mariadb.conf.d/90-kms.cnf")
    settings.parent.mkdir(parents=True)
    (tmp_path / ".my.cnf").write_text(f"[client]\nsocket = {server.socket}\nuser = root\n")

    def restart() -> None:
        server.stop()
        server.configure(settings.read_text())
        server.start()

    def wait() -> None:
        [block] = [one for one in blocks_of(PAGE) if one.startswith(ENCRYPTED)]
        while machine.run(block):
            time.sleep(0.1)

    try:
        server.install()
        server.configure()
        server.start()
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.letters (text VARCHAR(40)); INSERT INTO shop.letters SELECT 1"
        )
        printed = follow(
            PAGE,
            machine,
            {
                "apt-get install": lambda: None,
                "install --mode 0640 --group mysql": lambda: None,
                "systemctl restart mariadb": restart,
                ENCRYPTED: wait,
                "systemctl daemon-reload": lambda: None,
            },
        )
    finally:
        server.stop()

    assert printed[5] == "in no file\n"
    assert printed[7].endswith("shop/letters\t1\t1\n")
    assert "Restart=on-failure\n" in machine.path("/etc/systemd/system/mariadb.service.d/kms.conf").read_text()


def test_the_console_shows_the_settings_that_are_shipped(settings: Any) -> None:
    settings.PUBLIC_URL = "https://kms.example.org"
    shown = {one.name: one.text for one in PAGES[Service.RDS].settings(Filled("", "rds/default", "db1", "mariadb/db1"))}

    assert active(shown["mariadb"]) == active(shipped("mariadb.cnf"))
