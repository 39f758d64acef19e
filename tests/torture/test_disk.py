"""The disk of DATA_DIR is full: every call is refused, none is half done, and once there is room all goes on."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.disks import Fullness, may_mount, small_disk
from tests.support.mixed_load import Load, errors
from tests.support.servers import Server, copy_stopped
from tests.torture.amount import Figure, share
from tests.torture.test_kills import missing

TIMES, CLIENTS = 20, 4
REFUSED, AFTERWARDS = 40, 60
"""Calls that are refused each time, and that succeed afterwards."""
PATIENCE = 60.0


def fill_the_disk(server: Server, fullness: Fullness) -> Figure:
    """Fill the disk of a running server again and again, and make room."""
    account = server.create_account(f"full-{time.monotonic_ns()}", quota=10_000_000)
    wrong, ready = [], set()
    with Load(server, account, CLIENTS) as load:
        for _ in range(share(TIMES)):
            before = sum(errors(load.answers).values())
            fullness.begin()
            end = time.monotonic() + PATIENCE
            while sum(errors([*load.answers]).values()) < before + REFUSED and time.monotonic() < end:
                time.sleep(0.05)
            ready.add(httpx.get(f"{server.url}/readyz", timeout=30).status_code)
            fullness.end()
            load.wait_for_successes(AFTERWARDS, since=time.monotonic())
    refused = errors(load.answers)
    wrong += [f"{count} calls answered {status}" for status, count in refused.items() if status != 503]
    wrong += [] if refused[503] >= share(TIMES) * REFUSED else [f"only {refused[503]} calls were refused"]
    wrong += missing(server, load.answers)
    how = "disk full" if may_mount() else "disk full (files may not grow)"
    succeeded = len(load.answers) - sum(refused.values())
    return Figure(how, share(TIMES), f"{refused[503]:,} calls refused with 503, {succeeded:,} acknowledged", wrong)


@pytest.fixture
def full(started_once: Path, tmp_path: Path) -> Iterator[tuple[Server, Fullness]]:
    with small_disk(tmp_path / "disk") as disk:
        copy_stopped(started_once, disk / "data")
        server = Server(disk / "data")
        try:
            server.start()
            yield server, Fullness(server, disk)
        finally:
            server.kill()


@pytest.mark.sqlite
def test_a_full_disk_costs_only_refusals(full: tuple[Server, Fullness]) -> None:
    server, fullness = full

    assert fill_the_disk(server, fullness).wrong == []
    assert "disk is full" in server.log()
