"""No query reads a table that grows from end to end, on either database, but those that are named here."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Server

MAY: dict[str, str] = {
    r"FROM .console_trace. WHERE \(.console_trace.\..name. = \S+ AND \S+ = \S+\)$": "verification, which reads it all",
    r"FROM \(SELECT \S+ AS .pk. FROM .console_trace. LIMIT \?\)": "is the trail too long? so many at most",
    r"FROM .console_trace. ORDER BY .*DESC LIMIT \?( OFFSET \?)?$": "the newest traces, by number, so many at most",
    r"FROM .console_trace. WHERE .console_trace.\..at. < \?.*GROUP BY": "archiving counts by months what it will read",
    r"FROM .keys_key. .*.deletion_at. IS NOT NULL\) ORDER BY .keys_key.\..deletion_at. ASC": "those that end soon",
    r"FROM .keys_key. .*ORDER BY .keys_key.\..id. DESC LIMIT \?$": "the administrator's newest keys, so many at most",
    r"FROM .keys_kvmount. .*DESC LIMIT \?$": "the administrator's newest mounts, so many at most",
    r"axes_accessattempt.\..attempt_time. < \S+( LIMIT \S+)?\)?$": "the sweep of failed attempts, which are few",
    r"COALESCE\(MAX\(of_one.grants\)": "an account's keys with their grants: joined as a whole while all keys are few",
}
"""Statements that may, without their values, and why."""
FEWEST_STATEMENTS, FEWEST_ROUTES = 150, 30


@pytest.fixture
def found(any_database: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What tests/scale/plans.py finds in a process of its own, on a database of its own."""
    with ExitStack() as stack:
        server = Server(tmp_path / "data")
        stack.callback(server.kill)
        prepare = "from console.management.commands.up import prepare; prepare()"
        server.data_dir.mkdir(mode=0o700)
        server.quickly(code=prepare)
        yield json.loads(
            server.quickly(code="import json; from tests.scale.plans import scans; print(json.dumps(scans()))")
        )


def test_every_query_finds_what_it_reads_by_an_index(found: dict[str, Any]) -> None:
    unnamed = [one for one in found["scans"] if not any(re.search(may, one[1]) for may in MAY)]

    assert unnamed == []
    assert found["statements"] >= FEWEST_STATEMENTS
    assert len(found["routes"]) >= FEWEST_ROUTES
    # What shows that scans are seen: each database has some of those that may.
    assert found["scans"]
