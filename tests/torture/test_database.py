"""PostgreSQL goes down under load and comes back: clients are refused for as long, and nothing acknowledged is lost.

What clients are told meanwhile in every case is looked at in tests/cluster/test_lost_database.py.
"""

import random
import time
from pathlib import Path

import pytest

from tests.support.mixed_load import Load, errors, seconds_away
from tests.support.postgres import Postgres, private_postgres
from tests.support.servers import Server, running
from tests.torture.amount import Figure, share
from tests.torture.test_kills import missing

OUTAGES, CLIENTS, AFTERWARDS = 20, 4, 60


def take_the_database_away(server: Server, postgres: Postgres) -> Figure:
    """Stop PostgreSQL under a running server again and again, in turn by its own means and as a crash."""
    account = server.create_account(f"away-{time.monotonic_ns()}", quota=10_000_000)
    with Load(server, account, CLIENTS) as load:
        for number in range(share(OUTAGES)):
            postgres.stop("immediate" if number % 2 else "fast")
            time.sleep(random.uniform(0.3, 1))  # noqa: S311 - no secret
            postgres.start()
            load.wait_for_successes(AFTERWARDS, since=time.monotonic())
    refused = errors(load.answers)
    wrong = [f"{count} calls answered {status}" for status, count in refused.items() if status != 503]
    wrong += missing(server, load.answers)
    seen = (
        f"{refused[503]:,} calls refused with 503, {len(load.answers) - sum(refused.values()):,} acknowledged;"
        f" at most {seconds_away(load.answers):.1f} s without a success"
    )
    return Figure("PostgreSQL stopped or crashed, and back", share(OUTAGES), seen, wrong)


@pytest.mark.postgresql
@pytest.mark.needs("initdb")
def test_a_database_that_comes_back_is_taken_up_again(tmp_path: Path) -> None:
    with private_postgres() as postgres, running(tmp_path / "data", DATABASE_URL=postgres.url) as server:
        assert take_the_database_away(server, postgres).wrong == []
