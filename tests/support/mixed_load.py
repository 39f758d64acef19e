"""Clients that call a server without a pause while something is taken from it, and what they were answered.

They create keys, tag them, grant them and encrypt, all at once. Whatever was answered with success is to be found in
the database afterwards: the trace of each call by its `X-Request-Id`, and what it made.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

from tests.support.load import Answer, Client, calling
from tests.support.servers import Server

PATIENCE = 60.0
PAUSE = 0.02
"""Seconds after a call that failed."""
ENCRYPTIONS_A_KEY = 12
KEPT = {
    "trace": "SELECT request_id FROM console_trace WHERE status < 400",
    "key": "SELECT id FROM keys_key",
    "tag": "SELECT content_object_id FROM keys_taggedkey",
    "grant": "SELECT id FROM keys_grant",
}
"""What successful calls leave, and where the ids of all of it are read."""
UNMADE = {
    "keys without material": "SELECT k.id FROM keys_key k WHERE NOT EXISTS"
    " (SELECT 1 FROM keys_keyversion v WHERE v.key_id = k.id AND v.wrapped_material IS NOT NULL)",
    "material without a key": "SELECT v.id FROM keys_keyversion v WHERE NOT EXISTS"
    " (SELECT 1 FROM keys_key k WHERE k.id = v.key_id)",
    "accounts that count other keys than they have": "SELECT a.id FROM console_account a WHERE a.key_count <>"
    " (SELECT COUNT(*) FROM keys_key k JOIN console_project p ON p.id = k.project_id"
    " WHERE p.account_id = a.id AND k.deleted_at IS NULL AND NOT k.is_default)",
}
"""What a change leaves that was made by half."""


def life_of_a_key(client: Client, _number: int = 0) -> Iterator[Answer]:
    """A key with an alias is made, tagged, granted to its owner, and used."""
    made = client.kms("create-key", key_alias=uuid.uuid4().hex)
    yield made._replace(asked="key")
    if not made.is_success:
        return
    key_id = made.content["key_info"]["key_id"]
    yield client.kms(f"{key_id}/tags", tag={"key": "env", "value": "prod"})._replace(asked="tag", content=key_id)
    grantee = client.account["user"]["id"]
    granted = client.kms("create-grant", key_id=key_id, grantee_principal=grantee, operations=["describe-key"])
    yield granted._replace(asked="grant")
    for _ in range(ENCRYPTIONS_A_KEY):
        yield client.kms("encrypt-data", key_id=key_id, plain_text="secret")


@dataclass
class Load:
    """So many `clients` at once, all of them the first user of `account`."""

    server: Server
    account: dict[str, Any]
    clients: int = 8
    round_of: Callable[[Client, int], Iterator[Answer]] = life_of_a_key
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.answers = self._stack.enter_context(
            calling(self.clients, lambda: Client(self.server.url, self.account), self._patiently)
        )
        try:
            self.wait_for_successes(self.clients * ENCRYPTIONS_A_KEY, 0)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stack.close()

    def wait_for_successes(self, number: int, since: float) -> None:
        """Wait until so many calls that were sent since then have succeeded; RuntimeError after PATIENCE seconds."""
        end = time.monotonic() + PATIENCE
        while sum(one.is_success and one.sent_at >= since for one in [*self.answers]) < number:
            if time.monotonic() > end:
                raise RuntimeError(f"Not served again: {self.server.log()[-3000:]}")
            time.sleep(0.05)

    def _patiently(self, client: Client, number: int) -> Iterator[Answer]:
        for answer in self.round_of(client, number):
            yield answer
            if not answer.is_success:
                time.sleep(PAUSE)


def lost(server: Server, answers: list[Answer]) -> dict[str, int]:
    """How many of each kind were answered with success and are not in the server's database."""
    successes = [one for one in answers if one.is_success]
    made = {kind: {_plain(made_by(one)) for one in successes if one.asked == kind} for kind in KEPT}
    made["trace"] = {one.request_id for one in successes}
    return {kind: len(made[kind] - {_plain(row[0]) for row in server.read(query)}) for kind, query in KEPT.items()}


def half_made(server: Server) -> dict[str, int]:
    """How much is in the server's database that no whole change leaves: keys without material, or without a trace."""
    found = {what: len(server.read(query)) for what, query in UNMADE.items()}
    traced = {_plain(row[0]) for row in server.read("SELECT resource_id FROM console_trace WHERE name = 'createKey'")}
    keys = {_plain(row[0]) for row in server.read("SELECT id FROM keys_key")}
    return {**found, "keys without a trace": len(keys - traced)}


def made_by(answer: Answer) -> str:
    """The id of what a successful call made or tagged."""
    ids = {"key": lambda content: content["key_info"]["key_id"], "grant": lambda content: content["grant_id"]}
    return str(ids.get(answer.asked, str)(answer.content))


def errors(answers: list[Answer]) -> Counter[int]:
    """How many calls failed, by status; 0 where the connection broke."""
    return Counter(one.status for one in answers if not one.is_success)


def seconds_away(answers: list[Answer]) -> float:
    """The longest time in which no call succeeded."""
    times = sorted(one.answered_at for one in answers if one.is_success)
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def longest(answers: list[Answer]) -> float:
    """The seconds that the slowest call took."""
    return max(one.answered_at - one.sent_at for one in answers)


def _plain(value: Any) -> str:
    """An id as both databases have it: SQLite's UUIDs have no dashes."""
    return str(value).replace("-", "")
