"""Killed in the middle of its work, again and again: `make bench-kill` writes a line of docs/performance.md.

16 clients encrypt, and every tenth of their calls creates a key. ROUNDS times (20 by default) kill -9 hits the server,
in turn all its processes, which are started anew, and its worker alone, which its main process replaces. Whatever was
answered with success must be there afterwards: the trace of each call, found by its `X-Request-Id`, each key, which
must encrypt, and a trail that `verifytraces` calls intact. What a power cut takes from the kernel is not seen so.
"""

import http.client
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.figures import put  # noqa: E402
from tests.scale.ours import Ours  # noqa: E402
from tests.scale.peers import PLAINTEXT  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "20"))
CLIENTS, CALLS_A_KEY = 16, 10
PATIENCE = 60.0


class Answered(NamedTuple):
    """A call that succeeded: when it was sent and answered, its id, and the key where it created one."""

    sent_at: float
    answered_at: float
    request_id: str
    key_id: str


class Round(NamedTuple):
    """What is missing after a kill of all that was answered until then, and how long nobody was answered."""

    traces_missing: int
    keys_lost: int
    seconds_away: float


class Mortal(Ours):
    """This server, with a few keys, that is killed and comes back."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        super().__init__(folder)
        self.database_url = database_url

    def settings(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url}

    def fill(self) -> None:
        pass

    def kill_all(self) -> float:
        """Kill all its processes and start it again; when they were killed."""
        os.killpg(self.process.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        self.process.wait()
        self.serve()
        return killed_at

    def kill_worker(self) -> float:
        """Kill the largest of the main process's children; when that was."""
        listed = subprocess.run(
            ["ps", "-o", "rss=,pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        children = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
        os.kill(max(children)[1], signal.SIGKILL)
        return time.monotonic()

    def call(self, connection: http.client.HTTPConnection, verb: str, **fields: str) -> Answered:
        """One call by a connection that is kept; RuntimeError where it is refused."""
        call, sent_at = self.signed(verb, **fields), time.monotonic()
        connection.request(call.method, call.path, call.body, call.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{verb}: {answer.status} {content!r}")
        made = json.loads(content).get("key_info", {})
        return Answered(sent_at, time.monotonic(), answer.headers["X-Request-Id"], made.get("key_id", ""))

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def column(self, query: str) -> set[str]:
        """What the database has in one column, without dashes."""
        if self.database_url:
            with psycopg.connect(self.database_url) as opened:
                return {str(value).replace("-", "") for (value,) in opened.execute(query.encode())}
        with closing(sqlite3.connect(self.folder / "data" / "kms.sqlite3", timeout=20)) as database:
            return {value for (value,) in database.execute(query)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kms-kill-") as folder:
        rounds, answered = killed(Path(folder) / "ours", ROUNDS)
    lines = table_of(rounds, answered)
    print("\n".join(lines))
    put("kill", lines)
    if any(one.traces_missing or one.keys_lost for one in rounds):
        sys.exit("What was answered is not all there.")


def killed(folder: Path, number: int, database_url: str = "") -> tuple[list[Round], list[Answered]]:
    """A server killed so many times, and all that it answered; on SQLite where no other database is named."""
    server = Mortal(folder, database_url)
    try:
        server.begin()
        kills = (server.kill_all, server.kill_worker)
        answered: list[Answered] = []
        return [live_through(server, kills[one % 2], answered) for one in range(number)], answered
    finally:
        server.stop()


def live_through(server: Mortal, kill: Callable[[], float], answered: list[Answered]) -> Round:
    """Kill in the middle of the load, wait until clients are answered again, and look for what was answered."""
    before, stop = len(answered), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(keep_calling, server, stop, answered) for _ in range(CLIENTS)]
        try:
            time.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - the moment of a kill is no secret
            killed_at = kill()
            while len(later := [one for one in answered[before:] if one.sent_at > killed_at]) < CLIENTS * CALLS_A_KEY:
                if time.monotonic() > killed_at + PATIENCE:
                    raise RuntimeError(f"Not served again: {(server.folder / 'log').read_text()[-2000:]}")
                time.sleep(0.05)
        finally:
            stop.set()
    for client in clients:
        client.result()
    traces, keys = (server.column(f"SELECT {one}") for one in ("request_id FROM console_trace", "id FROM keys_key"))
    missing = sum(one.request_id not in traces for one in answered)
    lost = sum(one.key_id.replace("-", "") not in keys for one in answered if one.key_id)
    lost += sum(not encrypts(server, one.key_id) for one in answered[before:] if one.key_id)
    verdict = server.manage("verifytraces").splitlines()[-1]  # fails where the trail is broken
    away = min(one.answered_at for one in later) - killed_at
    print(
        f"{kill.__name__}: {len(answered) - before} answered, away {away:.2f} s, {missing} traces and {lost} keys lost"
    )
    print(verdict, flush=True)
    return Round(missing, lost, away)


def keep_calling(server: Mortal, stop: threading.Event, answered: list[Answered]) -> None:
    """Call until told to stop, and note what is answered; a call that the kill cut off is nobody's."""
    number = random.randrange(CALLS_A_KEY)  # noqa: S311 - so that keys are not all created at once
    with closing(server.connection()) as connection:
        while not stop.is_set():
            number += 1
            try:
                if number % CALLS_A_KEY == 0:
                    answered.append(server.call(connection, "create-key", key_alias=f"k{uuid.uuid4().hex}"))
                else:
                    fields = {"key_id": server.symmetric, "plain_text": PLAINTEXT}
                    answered.append(server.call(connection, "encrypt-data", **fields))
            except (OSError, http.client.HTTPException):
                connection.close()  # the next call opens it anew
                time.sleep(0.02)


def encrypts(server: Mortal, key_id: str) -> bool:
    try:
        server.post("encrypt-data", key_id=key_id, plain_text=PLAINTEXT)
    except RuntimeError:
        return False
    return True


def table_of(rounds: list[Round], answered: list[Answered]) -> list[str]:
    medians = [statistics.median(one.seconds_away for one in rounds[half::2]) for half in range(2) if rounds[half::2]]
    return [
        "| kills | calls answered | traces missing | keys created | keys lost | seconds until served again: all killed"
        " / the worker alone |",
        "|---|---|---|---|---|---|",
        f"| {len(rounds)} | {len(answered):,} | {max(one.traces_missing for one in rounds)} |"
        f" {sum(bool(one.key_id) for one in answered):,} | {max(one.keys_lost for one in rounds)} |"
        f" {' / '.join(f'{one:.1f}' for one in medians)} |",
    ]


if __name__ == "__main__":
    main()
