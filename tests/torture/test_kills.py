"""Kill -9 in the middle of a mixed load, of all processes and of a worker alone: nothing acknowledged is lost, nothing
is made by half, no trace is missing. What a power cut takes from the kernel is not seen so.
"""

import os
import random
import signal
import statistics
import time
from pathlib import Path
from typing import Any

from tests.support.load import Answer, Client
from tests.support.mixed_load import Load, half_made, lost, made_by
from tests.support.nodes import workers_of
from tests.support.servers import Server, copy_stopped
from tests.torture.amount import Figure, share

KILLS = 100
CLIENTS = 6
AFTERWARDS = 40
"""Calls that succeed after each kill."""


def kill_again_and_again(server: Server, times: int) -> Figure:
    """Kill a running server of two workers so many times, in turn a worker alone and all of it."""
    account = server.create_account(f"killed-{time.monotonic_ns()}", quota=10_000_000)
    away = []
    with Load(server, account, CLIENTS) as load:
        for number in range(times):
            time.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - the moment of a death is no secret
            killed_at = kill_all(server) if number % 2 else kill_a_worker(server)
            load.wait_for_successes(AFTERWARDS, since=killed_at)
            away.append(
                min(one.answered_at for one in [*load.answers] if one.is_success and one.sent_at > killed_at)
                - killed_at
            )
    successes = sum(one.is_success for one in load.answers)
    keys = [made_by(one) for one in load.answers if one.is_success and one.asked == "key"]
    wrong = [f"key {one} does not encrypt" for one in keys if not encrypts(server, account, one)]
    wrong += missing(server, load.answers)
    worker, all_ = (statistics.median(away[first::2] or [0]) for first in (0, 1))
    seen = (
        f"{successes:,} calls acknowledged, {len(keys):,} keys made; served again after {worker:.1f} s (a worker),"
        f" {all_:.1f} s (all) at the median"
    )
    return Figure("kill -9 of a worker, of all processes", times, seen, wrong)


def kill_all(server: Server) -> float:
    """Kill all its processes, and start it again; when they were killed."""
    assert server.process
    for pid in [server.process.pid, *workers_of(server)]:
        os.kill(pid, signal.SIGKILL)
    killed_at = time.monotonic()
    server.process.wait()
    server.start()
    return killed_at


def kill_a_worker(server: Server) -> float:
    """Kill one of its workers, which its main process replaces; when it was killed."""
    workers = workers_of(server)
    os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311 - chance to be repeated, no secret
    return time.monotonic()


def encrypts(server: Server, account: dict[str, Any], key_id: str) -> bool:
    with Client(server.url, account) as client:
        return client.kms("encrypt-data", key_id=key_id, plain_text="x").is_success


def missing(server: Server, answers: list[Answer]) -> list[str]:
    """What was acknowledged and is not there, what was made by half, and what is wrong with the trail."""
    counts = {**lost(server, answers), **half_made(server)}
    return [f"{count} of {what}" for what, count in counts.items() if count] + broken_trail(server)


def broken_trail(server: Server) -> list[str]:
    """What `verifytraces` finds."""
    done = server.try_to_manage("verifytraces")
    return done.stdout.splitlines() if done.returncode else []


def test_what_was_acknowledged_outlives_every_kill_whole(started_once: Path, tmp_path: Path) -> None:
    copy_stopped(started_once, tmp_path / "data")
    server, times = Server(tmp_path / "data", {"WORKERS": "2"}), share(KILLS)
    try:
        server.start()
        figure = kill_again_and_again(server, times)
    finally:
        server.kill()

    assert figure.wrong == []
    assert figure.times == times
