"""Databases: MariaDB, whose data keys come from here by its own plugin (docs/integrations/databases.md)."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines import mariadb
from tests.engines.kms import shipped
from tests.engines.mariadb import MariaDb
from tests.engines.project import Project, ServiceUser

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs(*mariadb.PROGRAMS),
    pytest.mark.skipif(not mariadb.PLUGIN.exists(), reason=f"It needs the package {mariadb.PACKAGE}."),
    pytest.mark.xdist_group("databases"),
]
MOUNT = "mariadb/db1"
MARKER = "what nobody may find"
TABLE = """CREATE DATABASE shop; USE shop; CREATE TABLE letters (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(80));
INSERT INTO letters (text) SELECT 'what nobody may find' FROM seq_1_to_5000;"""
COUNT = "SELECT COUNT(*), MIN(text) FROM letters"
ALL_ROWS = [["5000", MARKER]]
ASK_EACH_SECOND = "SET GLOBAL hashicorp_key_management_cache_version_timeout = 1000"
ASK_DAILY = "SET GLOBAL hashicorp_key_management_cache_version_timeout = 86400000"
"""As it is shipped."""
VERSIONS = "SELECT name, min_key_version, current_key_version FROM information_schema.innodb_tablespaces_encryption"


@pytest.fixture(scope="module")
def key(project: Project) -> str:
    return project.new_key()


@pytest.fixture(scope="module")
def user(project: Project, key: str) -> ServiceUser:
    return project.service_user(key, service="rds")


@pytest.fixture(scope="module")
def shop(project: Project, key: str, user: ServiceUser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A server under the mount MOUNT, with a database `shop`."""
    project.mount(MOUNT, key, database_key=1)
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb.database(folder, project.kms, MOUNT, user.token) as one:
        one.sql(TABLE)
        yield one


@pytest.fixture
def asking(shop: MariaDb) -> Iterator[None]:
    """It asks for the newest version of its data key each second."""
    shop.sql(ASK_EACH_SECOND)
    yield
    shop.sql(ASK_DAILY)


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def versions_of(server: MariaDb, table: str) -> tuple[int, int]:
    """Under which version of its data key the oldest page of a table is, and which one is the newest."""
    _name, oldest, newest = next(row for row in server.sql(VERSIONS) if row[0] == table)
    return int(oldest), int(newest)


def test_tables_redo_log_and_binary_log_are_ciphertext(shop: MariaDb) -> None:
    shop.stop()
    found = shop.files_with(MARKER.encode())
    shop.start()

    assert found == []
    assert shop.sql(COUNT, "shop") == ALL_ROWS


def test_without_encryption_the_same_files_hold_the_text(tmp_path: Path) -> None:
    with mariadb.database(tmp_path / "clear") as clear:
        clear.sql(TABLE)
        clear.stop()

        found = clear.files_with(MARKER.encode())

    assert {"letters.ibd", "ib_logfile0", "binlog.000001"} <= {*found}


def test_no_table_can_be_made_that_is_not_encrypted(shop: MariaDb) -> None:
    for wish in ("ENGINE=InnoDB ENCRYPTED=NO", "ENGINE=Aria", "ENGINE=MyISAM"):
        with pytest.raises(RuntimeError, match="ERROR"):
            shop.sql(f"CREATE TABLE clear (text VARCHAR(80)) {wish}", "shop")


@pytest.mark.usefixtures("asking")
def test_tables_two_versions_behind_are_encrypted_anew_by_themselves(shop: MariaDb, project: Project) -> None:
    first = versions_of(shop, "shop/letters")[1]

    for _ in range(2):
        project.rotate_database_key(MOUNT, 1)

    assert within(20, lambda: versions_of(shop, "shop/letters") == (first + 2, first + 2))
    assert shop.sql(COUNT, "shop") == ALL_ROWS


@pytest.mark.usefixtures("asking")
def test_a_table_that_is_built_anew_uses_the_new_version_at_once(shop: MariaDb, project: Project) -> None:
    first = versions_of(shop, "shop/letters")[1]

    project.rotate_database_key(MOUNT, 1)

    assert within(5, lambda: versions_of(shop, "shop/letters")[1] == first + 1)
    shop.sql("ALTER TABLE letters FORCE", "shop")
    assert versions_of(shop, "shop/letters") == (first + 1, first + 1)
    assert shop.sql(COUNT, "shop") == ALL_ROWS


def test_a_table_may_have_a_data_key_of_its_own(shop: MariaDb, project: Project) -> None:
    with pytest.raises(RuntimeError, match="ERROR"):
        shop.sql("CREATE TABLE own (text VARCHAR(80)) ENCRYPTION_KEY_ID=7", "shop")

    project.new_database_key(MOUNT, 7)

    shop.sql("CREATE TABLE own (text VARCHAR(80)) ENCRYPTION_KEY_ID=7; INSERT INTO own VALUES ('x')", "shop")
    assert shop.sql("SELECT text FROM own", "shop") == [["x"]]


def test_a_running_server_goes_on_while_the_key_is_disabled(shop: MariaDb, project: Project, key: str) -> None:
    """The page says so: it has its data keys in memory, and asks again after a day."""
    with project.disabled(key):
        shop.sql("CREATE TABLE more (text VARCHAR(80)); INSERT INTO more VALUES ('x')", "shop")
        shop.sql("FLUSH TABLES more FOR EXPORT", "shop")

        assert shop.sql("SELECT text FROM more", "shop") == [["x"]]
        assert shop.sql(COUNT, "shop") == ALL_ROWS


@pytest.mark.usefixtures("asking")
def test_a_server_that_asks_again_and_is_refused_ends_at_its_next_page_and_loses_nothing(
    shop: MariaDb, project: Project, key: str
) -> None:
    shop.sql("CREATE TABLE last (text VARCHAR(80))", "shop")

    def ends_when_it_writes() -> bool:
        with contextlib.suppress(RuntimeError):
            shop.sql("INSERT INTO last VALUES ('more'); FLUSH TABLES last FOR EXPORT", "shop")
        return not shop.is_running

    with project.disabled(key):
        shop.sql("INSERT INTO last VALUES ('committed')", "shop")
        assert within(20, ends_when_it_writes)
        assert shop.wait_for_its_end() == -signal.SIGABRT

    shop.start()
    assert shop.sql("SELECT text FROM last WHERE text = 'committed'", "shop") == [["committed"]]
    assert shop.sql(COUNT, "shop") == ALL_ROWS


def test_a_server_that_is_killed_recovers_from_its_encrypted_log(shop: MariaDb) -> None:
    shop.sql("CREATE TABLE killed (text VARCHAR(80)); INSERT INTO killed VALUES ('committed')", "shop")

    shop.kill()
    shop.start()

    assert shop.sql("SELECT text FROM killed", "shop") == [["committed"]]


def test_with_a_disabled_key_it_does_not_start(shop: MariaDb, project: Project, key: str) -> None:
    shop.stop()

    with project.disabled(key):
        status = shop.refuse_to_start()

    assert status == 1
    assert "Unable to get key data" in shop.log
    shop.start()
    assert shop.sql(COUNT, "shop") == ALL_ROWS


def test_the_trail_says_which_database_asked(shop: MariaDb, project: Project, key: str, user: ServiceUser) -> None:
    used_for = {"kind": "database", "name": f"{MOUNT}/1"}

    assert (user.id, used_for, "") in project.uses(key, "decryptDatakey")
    assert used_for["name"] in project.page(f"kms/keys/{key}/used-by")


def test_another_service_user_gets_no_data_key(shop: MariaDb, project: Project, neighbour_project: Project) -> None:
    own = shop.token
    shop.stop()

    for other in (project.service_user(), neighbour_project.service_user()):
        shop.token = other.token
        shop.configure(shipped("mariadb.cnf"))
        assert shop.refuse_to_start() == 1

    shop.token = own
    shop.configure(shipped("mariadb.cnf"))
    shop.start()
    assert shop.sql(COUNT, "shop") == ALL_ROWS
