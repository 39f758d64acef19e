"""What clients are told while PostgreSQL is taken away: an answer in bounded time, 503 or success, and never a success
that is not there afterwards."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.load import Answer
from tests.support.mixed_load import Load, errors, longest, lost
from tests.support.postgres import Postgres, private_postgres
from tests.support.servers import Server, running

pytestmark = [pytest.mark.postgresql, pytest.mark.needs("initdb"), pytest.mark.xdist_group("lost-database")]

BACKENDS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'kms' AND pid <> pg_backend_pid()"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
MOST_SECONDS = 25.0
"""A call waits for the batch before it and for its own, each at most ten seconds and the time to connect."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with private_postgres() as one:
        yield one


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("lost-database") / "data", DATABASE_URL=postgres.url, WORKERS="2") as one:
        yield one


@pytest.fixture
def load(server: Server) -> Iterator[Load]:
    """A load that goes on after all that is done to the database, and of which nothing acknowledged is missing."""
    account = server.create_account(f"load-{time.monotonic_ns()}", quota=100_000)
    with Load(server, account) as one:
        yield one
        one.wait_for_successes(100, since=time.monotonic())
        undisturbed = time.monotonic()
        one.wait_for_successes(100, since=undisturbed)
    assert not errors([one for one in one.answers if one.sent_at > undisturbed])
    assert {*errors(one.answers)} <= {503}
    assert longest(one.answers) < MOST_SECONDS
    assert not any(lost(server, one.answers).values())
    assert server.quickly(command=["verifytraces"]).startswith("INTACT")


def readiness(server: Server) -> int:
    return httpx.get(f"{server.url}/readyz", timeout=60).status_code


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_the_database_costs_only_refusals(
    load: Load, server: Server, postgres: Postgres, mode: str
) -> None:
    postgres.stop(mode)
    time.sleep(1)
    page = httpx.get(f"{server.url}/sign-in", cookies={"session": "x" * 32})
    call = httpx.get(f"{server.url}/v1.0/{'0' * 32}/kms/tags", headers={"X-Auth-Token": "x"})

    assert readiness(server) == 503
    assert [(one.status_code, one.headers["Retry-After"]) for one in (page, call)] == [(503, "2")] * 2
    assert errors(load.answers)[503] > 0

    postgres.start()
    load.wait_for_successes(100, since=time.monotonic())
    assert readiness(server) == 200


def test_a_connection_that_the_database_ends_costs_at_most_the_calls_on_it(load: Load, postgres: Postgres) -> None:
    with postgres.connect() as admin:
        for _ in range(20):
            admin.execute(BACKENDS)
            time.sleep(0.1)


def test_a_primary_that_becomes_a_standby_is_left(load: Load, server: Server, postgres: Postgres) -> None:
    postgres.set("default_transaction_read_only", "on")
    time.sleep(1)
    refused = errors(load.answers)[503]
    ready = readiness(server)
    with postgres.connect() as admin:
        admin.execute("SET default_transaction_read_only = off")
        admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        admin.execute("SELECT pg_reload_conf()")

    assert refused > 0
    assert ready == 503


def test_a_commit_that_no_standby_confirms_is_no_success_though_it_happened(load: Load, postgres: Postgres) -> None:
    postgres.set("synchronous_standby_names", "nobody")
    with postgres.connect() as admin:
        while not admin.execute(WAITING).fetchall():
            time.sleep(0.05)
        began = time.monotonic()
        admin.execute(CANCEL)  # a success with a warning, says PostgreSQL
        wait_for(load, lambda one: one.status == 503 and one.answered_at < began + 5)
    wait_for(load, lambda one: one.status == 503 and one.answered_at > one.sent_at + 5)
    ended = time.monotonic()
    postgres.set("synchronous_standby_names", "")

    assert not any(one.is_success for one in load.answers if one.sent_at > began and one.answered_at < ended)


def wait_for(load: Load, is_so: Callable[[Answer], bool]) -> None:
    """Wait until a call was answered so; AssertionError after MOST_SECONDS."""
    end = time.monotonic() + MOST_SECONDS
    while not any(map(is_so, [*load.answers])):
        assert time.monotonic() < end
        time.sleep(0.05)
