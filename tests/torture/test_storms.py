"""Fifty calls at once that want the same: quota and aliases hold, and every key ends in a state that there is."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.support.load import Answer, Client
from tests.support.servers import Server
from tests.torture.amount import Figure, share

ROUNDS, MANY, QUOTA = 20, 50, 20
ENABLED, DISABLED, PENDING_DELETION = "2", "3", "4"
SWITCHES = ("enable-key", "disable-key", "schedule-key-deletion", "cancel-key-deletion", "encrypt-data")
FIELDS = {"schedule-key-deletion": {"pending_days": "7"}, "encrypt-data": {"plain_text": "x"}}


def let_storms_loose(server: Server) -> Figure:
    """Have a running server create, name, enable, disable and delete keys, MANY calls at once each time."""
    rounds, wrong, statuses = share(ROUNDS), [], Counter[int]()
    for _ in range(rounds):
        for storm in (creations, creations_of_one_alias, one_alias_for_all, switches):
            account = server.create_account(f"storm-{time.monotonic_ns()}", quota=QUOTA)
            answers, problems = storm(server.url, account)
            statuses.update(one.status for one in answers)
            wrong += [f"{storm.__name__}: {one}" for one in problems]
            wrong += [f"{storm.__name__}: {one}" for one in answers if one.status == 0 or one.status >= 500]
            wrong += [f"{storm.__name__}: the quota is miscounted"] if miscounted(server.url, account) else []
    done = server.quickly(code=VERIFY)
    wrong += [] if done == "" else [done]
    told = ", ".join(f"{number:,} answered {status}" for status, number in sorted(statuses.items()))
    return Figure("storms of 50 calls at once: creations, aliases, states", rounds * 4, told, wrong)


VERIFY = """
from console.access.verification import verify_streams
print(*verify_streams().findings, sep="\\n", end="")
"""


def creations(url: str, account: dict[str, Any]) -> tuple[list[Answer], list[str]]:
    """50 keys of 20 that the account may have."""
    answers = at_once(url, account, lambda client, number: client.kms("create-key", key_alias=f"key-{number}"))
    made = sum(one.is_success for one in answers)
    return answers, [f"{made} keys made"] * (made != QUOTA)


def creations_of_one_alias(url: str, account: dict[str, Any]) -> tuple[list[Answer], list[str]]:
    """50 keys of one alias."""
    answers = at_once(url, account, lambda client, _number: client.kms("create-key", key_alias="wanted"))
    made = sum(one.is_success for one in answers)
    return answers, [f"{made} keys made"] * (made != 1)


def one_alias_for_all(url: str, account: dict[str, Any]) -> tuple[list[Answer], list[str]]:
    """One alias for ten keys."""
    with Client(url, account) as client:
        keys = [new_key(client, f"key-{number}") for number in range(10)]
    alias = "alias/wanted"

    def name(client: Client, number: int) -> Answer:
        target = f"/v1.0/{client.project}/kms/aliases"
        return client.call("POST", target, {"key_id": keys[number % len(keys)], "alias": alias})

    answers = at_once(url, account, name)
    given = sum(one.is_success for one in answers)
    return answers, [f"given to {given} keys"] * (given != 1)


def switches(url: str, account: dict[str, Any]) -> tuple[list[Answer], list[str]]:
    """A key enabled, disabled, scheduled for deletion, taken back and used, all at once."""
    with Client(url, account) as client:
        key_id = new_key(client, "switched")
        sealed = client.kms("encrypt-data", key_id=key_id, plain_text="secret").content["cipher_text"]

    def switch(client: Client, number: int) -> Answer:
        verb = SWITCHES[number % len(SWITCHES)]
        return client.kms(verb, key_id=key_id, **FIELDS.get(verb, {}))

    answers = at_once(url, account, switch)
    with Client(url, account) as client:
        state = client.kms("describe-key", key_id=key_id).content["key_info"]["key_state"]
        if state == PENDING_DELETION:
            client.kms("cancel-key-deletion", key_id=key_id)
        if state != ENABLED:
            client.kms("enable-key", key_id=key_id)
        opened = client.kms("decrypt-data", cipher_text=sealed)
    problems = [] if state in {ENABLED, DISABLED, PENDING_DELETION} else [f"state {state}"]
    return answers, problems + ([] if opened.is_success else [f"the key is lost: {opened.content}"])


def at_once(url: str, account: dict[str, Any], work: Callable[[Client, int], Answer]) -> list[Answer]:
    """What MANY calls that begin together are answered, each by a connection of its own that is open already."""
    start = Barrier(MANY)

    def begin(number: int) -> Answer:
        with Client(url, account) as client:
            client.http.connect()
            start.wait()
            return work(client, number)

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(begin, range(MANY)))


def miscounted(url: str, account: dict[str, Any]) -> bool:
    """Whether the account's quota counts other keys than there are."""
    with Client(url, account) as client:
        (quota, *_) = client.call("GET", f"/v1.0/{client.project}/kms/user-quotas", {}).content["quotas"]["resources"]
        return int(quota["used"]) != int(client.kms("list-keys", key_spec="ALL").content["total"])


def new_key(client: Client, alias: str) -> str:
    made = client.kms("create-key", key_alias=alias)
    assert made.is_success, made
    return str(made.content["key_info"]["key_id"])


def test_fifty_calls_at_once_leave_what_some_order_of_them_would(server: Server) -> None:
    figure = let_storms_loose(server)

    assert figure.wrong == []
    assert figure.times == 4 * share(ROUNDS)
