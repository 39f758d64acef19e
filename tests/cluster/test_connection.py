"""A connection to PostgreSQL: bounded in time, and of no use once its server takes no writes."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from console.postgresql.connection import AGAIN_AFTER, Connection
from tests.support.servers import free_port
from tests.support.tools import fresh_database

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database; what this process knows of its databases is forgotten in the end."""
    monkeypatch.setattr(Connection, "_given_up", (0.0, ""))
    with fresh_database() as one:
        yield one


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    one = Connection.reach(conninfo=url, autocommit=True)
    yield one
    one.close()


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    url: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "longest", 0.3)
    began = time.monotonic()

    with pytest.raises(psycopg.OperationalError, match=r"no answer in 0\.3 seconds"):
        connection.execute("SELECT pg_sleep(20)")

    assert time.monotonic() - began < 2
    assert connection.closed


def test_one_attempt_that_failed_serves_all_who_come_at_once(url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="refused"):
        Connection.reach(host="127.0.0.1", port=free_port(), connect_timeout=2)
    failed = time.monotonic()

    with pytest.raises(psycopg.OperationalError, match="refused"):
        Connection.reach(conninfo=url)
    time.sleep(max(0.0, failed + AGAIN_AFTER - time.monotonic()))
    Connection.reach(conninfo=url).close()


def test_a_server_that_takes_no_more_writes_is_left(connection: Connection) -> None:
    connection.execute("CREATE TABLE one (number int)")
    connection.execute("SET default_transaction_read_only = on")

    with pytest.raises(psycopg.OperationalError, match="cannot execute INSERT in a read-only transaction"):
        connection.execute("INSERT INTO one VALUES (1)")
    assert connection.closed


def test_a_server_that_takes_no_writes_is_passed_over(url: str, connection: Connection) -> None:
    name = url.rpartition("/")[2]
    connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())

    with pytest.raises(psycopg.OperationalError, match="read-only"):
        Connection.reach(conninfo=url, target_session_attrs="read-write")
