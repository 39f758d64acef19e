"""Clients that call a server without a pause while something is taken from it, and what they were answered.

They create keys, tag them, grant them and encrypt, all at once. Whatever was answered with success is to be found in
the database afterwards: the trace of each call by its `X-Request-Id`, and what it made.
"""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Self

import psycopg

from tests.support.servers import Server
from tests.support.signing import signed_headers

PATIENCE = 60.0
PAUSE = 0.02
"""Seconds after a call that failed."""
ENCRYPTIONS_A_KEY = 12
KEPT = {
    "trace": "SELECT request_id FROM console_trace WHERE status < 400",
    "key": "SELECT id::text FROM keys_key",
    "tag": "SELECT content_object_id::text FROM keys_taggedkey",
    "grant": "SELECT id FROM keys_grant",
}
"""What successful calls leave, and where the ids of all of it are read."""


class Answered(NamedTuple):
    """A call as its client saw it: `status` is 0 where the connection broke, `made` says what it made and its id."""

    sent_at: float
    answered_at: float
    status: int
    request_id: str
    made: tuple[str, str] | None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Load:
    """So many `clients` at once, all of them the first user of `account`."""

    server: Server
    account: dict[str, Any]
    clients: int = 8
    answers: list[Answered] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self.clients)
        self._running = [self._threads.submit(self._keep_calling) for _ in range(self.clients)]
        self.wait_for_successes(self.clients * ENCRYPTIONS_A_KEY, 0)
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stop.set()
        self._threads.shutdown()
        for one in self._running:
            one.result()

    def wait_for_successes(self, number: int, since: float) -> None:
        """Wait until so many calls that were sent since then have succeeded; RuntimeError after PATIENCE seconds."""
        end = time.monotonic() + PATIENCE
        while sum(one.is_success and one.sent_at >= since for one in [*self.answers]) < number:
            if time.monotonic() > end:
                raise RuntimeError(f"Not served again: {self.server.log()[-3000:]}")
            time.sleep(0.05)

    def _keep_calling(self) -> None:
        user = self.account["user"]["id"]
        with closing(self._connection()) as connection:
            key_id = ""
            while not self._stop.is_set():
                made = self._ask(connection, "create-key", "key", key_alias=uuid.uuid4().hex)
                if made:
                    key_id = made
                    self._ask(connection, f"{key_id}/tags", "tag", tag={"key": "env", "value": "prod"})
                    grant = {"grantee_principal": user, "operations": ["describe-key"]}
                    self._ask(connection, "create-grant", "grant", key_id=key_id, **grant)
                for _ in range(ENCRYPTIONS_A_KEY if key_id else 0):
                    if not self._stop.is_set():
                        self._ask(connection, "encrypt-data", key_id=key_id, plain_text="secret")

    def _ask(self, connection: http.client.HTTPConnection, path: str, kind: str = "", **fields: Any) -> str:
        """Make one call and note it; the id of what it made, or tagged, else nothing."""
        target, body = f"/v1.0/{self.account['projects'][0]['id']}/kms/{path}", json.dumps(fields)
        key, host = self.account["access_key"], f"127.0.0.1:{self.server.port}"
        headers = signed_headers(key["ak"], key["sk"], "POST", target, body.encode(), host=host)
        sent_at, status, request_id, content = time.monotonic(), 0, "", {}
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            content = json.loads(answer.read() or b"{}")
            status, request_id = answer.status, answer.headers["X-Request-Id"]
        except (OSError, http.client.HTTPException):
            connection.close()  # the next call opens it anew
        one = Answered(sent_at, time.monotonic(), status, request_id, None)
        made = ""
        if not one.is_success:
            time.sleep(PAUSE)
        elif kind:
            ids = {"key": content.get("key_info", {}).get("key_id"), "grant": content.get("grant_id")}
            made = ids.get(kind) or path.partition("/")[0]
            one = one._replace(made=(kind, made))
        self.answers.append(one)
        return made

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)


def lost(database_url: str, answers: list[Answered]) -> dict[str, int]:
    """How many of each kind were answered with success and are not in the database."""
    successes = [one for one in answers if one.is_success]
    acknowledged = [("trace", one.request_id) for one in successes] + [one.made for one in successes if one.made]
    with psycopg.connect(database_url) as connection:
        kept = {kind: {row[0] for row in connection.execute(query.encode())} for kind, query in KEPT.items()}
    return {kind: sum(key not in there for one, key in acknowledged if one == kind) for kind, there in kept.items()}


def errors(answers: list[Answered]) -> Counter[int]:
    """How many calls failed, by status; 0 where the connection broke."""
    return Counter(one.status for one in answers if not one.is_success)


def seconds_away(answers: list[Answered]) -> float:
    """The longest time in which no call succeeded."""
    times = sorted(one.answered_at for one in answers if one.is_success)
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def longest(answers: list[Answered]) -> float:
    """The seconds that the slowest call took."""
    return max(one.answered_at - one.sent_at for one in answers)
