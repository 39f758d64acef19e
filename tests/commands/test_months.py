"""Traces by month on PostgreSQL: taken over whole, made ahead by whoever comes, and nothing ever refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.support.servers import Server, copy_stopped
from tests.support.tools import fresh_database

pytestmark = pytest.mark.postgresql
COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'console_trace' ORDER BY ordinal_position"
)
MONTHS = ("2025-11-30 23:59:59+00", "2026-01-15 00:00:00+00", "2026-01-31 23:59:59.999999+00", "2026-03-01 00:00:00+00")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Server]:
    """The settings of a server that nobody starts, and a database of its own without any table."""
    with fresh_database() as url:
        one = Server(tmp_path / "data", {"DATABASE_URL": url})
        one.data_dir.mkdir(mode=0o700)
        yield one
        one.kill()


def rows(server: Server, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.settings["DATABASE_URL"]) as connection:
        return connection.execute(question.encode()).fetchall()


def test_the_rows_of_several_months_are_taken_over(database: Server) -> None:
    database.quickly(command=["migrate", "console", "0007", "--verbosity", "0"])
    database.execute("INSERT INTO console_tracestream VALUES ('a', now(), '{}')")
    values = "'\\x00', '{}', 'encryptData', '', '', '', '', '', '', '', '', '', 200, '', '{{}}', 'a'"
    columns = "mac, at, name, account_id, project_id, user_id, user_name, resource_type, resource_id, resource_name"
    for sequence, at in enumerate(MONTHS, 1):
        insert = f"INSERT INTO console_trace (sequence, {columns}, source_ip, request_id, status, error_code, detail, "
        database.execute(f"{insert} stream_id) VALUES ({sequence}, {values.format(at)})")
    whole = "SELECT * FROM console_trace ORDER BY id"
    before, size = rows(database, whole), rows(database, "SELECT MAX(id) FROM console_trace")

    database.quickly(command=["migrate", "--verbosity", "0"])

    assert rows(database, whole) == before
    lie = rows(database, "SELECT tableoid::regclass::text FROM console_trace ORDER BY id")
    assert [name for (name,) in lie] == [
        f"console_trace_{month}" for month in ("2025_11", "2026_01", "2026_01", "2026_03")
    ]
    database.quickly(code="from tests.support.rehearsal import live")  # the models still fit
    next_id = "SELECT nextval(pg_get_serial_sequence('console_trace', 'id'))"
    assert rows(database, next_id) == [(int(str(size[0][0])) + 1,)]
    database.quickly(command=["makemigrations", "--check", "--dry-run", "--verbosity", "0"])


@pytest.fixture
def migrated(tmp_path: Path, started_once: Path) -> Iterator[Server]:
    """The same with the tables, keys and account of a server that started once."""
    copy_stopped(started_once, tmp_path / "data")
    one = Server(tmp_path / "data")
    yield one
    one.kill()


AT_ONCE = """
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from console.partitions import make_partitions, partitions
then = datetime(2031, 11, 5, tzinfo=UTC)
made = 0
with ThreadPoolExecutor(6) as nodes:
    for _minute in range(20):  # who can't have a lock at once leaves it for the next one
        made += sum(nodes.map(make_partitions, [then] * 6))
        if made >= 4:
            break
print(json.dumps([made, sorted(name for name in partitions() if "_203" in name)]))
"""


def test_many_nodes_make_months_at_once_while_others_write(migrated: Server) -> None:
    columns = [str(name) for (name,) in rows(migrated, COLUMNS) if name != "id"]
    others = {"sequence": "sequence + 100", "at": "now()"}
    values = ", ".join(others.get(name, name) for name in columns)
    present = f"console_trace_{datetime.now(UTC):%Y_%m}"
    insert = f"INSERT INTO console_trace ({', '.join(columns)}) SELECT {values} FROM {present} LIMIT 1"  # noqa: S608 - names from the database itself
    with psycopg.connect(migrated.settings["DATABASE_URL"]) as writer:
        writer.execute(insert.encode())

        made, names = json.loads(migrated.quickly(code=AT_ONCE))

    assert made == 4
    assert names == [f"console_trace_{month}" for month in ("2031_11", "2031_12", "2032_01", "2032_02")]


COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'console_trace' AND column_name <> 'id'"
)
STRAYS = """
import logging, sys
from datetime import UTC, datetime
from console.models import Trace
from console.partitions import make_partitions
from tests.support import old_traces
logging.getLogger("console.partitions").addHandler(logging.StreamHandler(sys.stdout))
old_traces.write(["2041-05-05"])
where = "SELECT id, tableoid::regclass::text AS place FROM console_trace WHERE at > '2040-01-01'"
make_partitions()
print(Trace.objects.raw(where)[0].place)
make_partitions(datetime(2041, 3, 1, tzinfo=UTC))
print(Trace.objects.raw(where)[0].place)
"""


def test_what_a_wrong_clock_wrote_is_reported_and_moved_when_its_month_is_made(migrated: Server) -> None:
    warned, before, moved, after = migrated.quickly(code=STRAYS).splitlines()

    assert warned.startswith("1 traces belong to no month that was made (2041-05-05")
    assert before == "console_trace_default"
    assert moved == "1 traces were moved into their month console_trace_2041_05."
    assert after == "console_trace_2041_05"
