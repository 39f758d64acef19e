"""A second server on the folder of one that serves: it is refused, and the first notices nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mixed_load import Load, errors
from tests.support.servers import Server, copy_stopped, free_port
from tests.torture.amount import Figure, share
from tests.torture.test_kills import missing

TIMES, CLIENTS = 20, 2


def start_a_second(server: Server) -> Figure:
    """Start servers on the folder of a running one, under load."""
    account = server.create_account(f"folder-{time.monotonic_ns()}", quota=1_000_000)
    assert server.process
    wrong, said = [], ""
    with Load(server, account, CLIENTS) as load:
        for _ in range(share(TIMES)):
            second = Server(server.data_dir, server.settings, port=free_port())
            done = second.try_to_manage("up")
            said = done.stderr.splitlines()[-1]
            if done.returncode != 1 or f"process {server.process.pid}" not in said:
                wrong.append(f"{done.returncode}: {said}")
    wrong += [f"{count} calls answered {status}" for status, count in errors(load.answers).items()]
    wrong += missing(server, load.answers)
    said = said.replace(str(server.data_dir), "/var/lib/kms").replace(str(server.process.pid), "4711")
    return Figure(
        "a second server on the folder", share(TIMES), f"“{said}” {len(load.answers):,} calls of the first", wrong
    )


@pytest.fixture
def own(started_once: Path, tmp_path: Path) -> Iterator[Server]:
    copy_stopped(started_once, tmp_path / "data")
    server = Server(tmp_path / "data")
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.mark.sqlite
def test_a_second_server_on_a_folder_is_refused_and_the_first_goes_on(own: Server) -> None:
    assert start_a_second(own).wrong == []
