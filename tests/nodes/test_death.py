"""A node, or a worker of one, is killed under load: nothing that was acknowledged is lost, and few notice."""

import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg

from tests.nodes.conftest import Cluster
from tests.support.load import Answer, Client, calling
from tests.support.nodes import workers_of

CLIENTS = 12


def test_a_killed_node_takes_nothing_with_it_but_what_it_was_at(
    cluster: Cluster, account: dict[str, Any], stranger: dict[str, Any]
) -> None:
    def lives(client: Client, number: int) -> Iterator[Answer]:
        return life_of_a_key(client, stranger["user"]["id"])

    with calling(CLIENTS, lambda: cluster.client(account), lives) as answers:
        cluster.wait_until_busy(cluster.other)
        time.sleep(random.uniform(0, 0.5))  # noqa: S311 - the moment of a death is no secret
        killed_at = time.monotonic()
        cluster.other.kill()
        time.sleep(1)
        alone_until = time.monotonic()
        cluster.other.start()
        cluster.wait_until_busy(cluster.other)

    failed = [one for one in answers if one.status not in {200, 201, 204}]
    assert len(failed) <= CLIENTS, told(failed)
    late = [one for one in failed if one.sent_at > killed_at + 0.5]
    assert not late, told(late)
    assert any(killed_at + 0.5 < one.sent_at < alone_until for one in answers)
    assert lost(cluster, [one for one in answers if one not in failed]) == Counter()
    cluster.one.manage("verifytraces")  # fails where the trail is broken
    cluster.other.manage("verifytraces")  # which knows of other heads


def test_a_killed_worker_is_replaced(cluster: Cluster, account: dict[str, Any]) -> None:
    def encrypt(client: Client, number: int) -> Iterator[Answer]:
        yield client.kms("create-datakey", key_id="obs/default", datakey_length="256")

    before = workers_of(cluster.other)
    assert before
    with calling(CLIENTS, lambda: cluster.client(account), encrypt) as answers:
        time.sleep(0.5)
        killed_at = time.monotonic()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + 30
        while len(workers_of(cluster.other)) < len(before) or not any(one.sent_at > killed_at + 1 for one in answers):
            assert time.monotonic() < end
            time.sleep(0.1)

    failed = [one for one in answers if one.status != 200]
    assert len(failed) <= CLIENTS, told(failed)
    assert not {*before} & {*workers_of(cluster.other)}
    cluster.other.wait_until_ready()


def told(failed: list[Answer]) -> str:
    """What failed how often."""
    return str(Counter((one.asked, one.status, str(one.content)[:200]) for one in failed))


def life_of_a_key(client: Client, grantee: str) -> Iterator[Answer]:
    """A key with an alias is made, tagged, granted and used."""
    made = client.kms("create-key", key_alias=f"k{uuid.uuid4().hex}")
    yield made
    if made.status != 200:
        return
    key_id = made.content["key_info"]["key_id"]
    tags = [{"key": "of", "value": key_id}]
    tagged = client.kms(f"{key_id}/tags/action", action="create", tags=tags)
    yield tagged._replace(asked="tag", content=key_id)
    granted = client.kms("create-grant", key_id=key_id, grantee_principal=grantee, operations=["encrypt-data"])
    yield granted
    for _ in range(5):
        yield client.kms("encrypt-data", key_id=key_id, plain_text="x")


def lost(cluster: Cluster, answers: list[Answer]) -> Counter[str]:
    """How many keys, tags, grants and traces were acknowledged and are not in the database."""
    with psycopg.connect(cluster.one.settings["DATABASE_URL"]) as database:

        def column(query: str) -> set[str]:
            return {str(value) for (value,) in database.execute(query.encode())}

        traces = column("SELECT request_id FROM console_trace WHERE status = 200")
        keys = column("SELECT id FROM keys_key")
        tagged = column("SELECT value FROM keys_tag")
        grants = column("SELECT id FROM keys_grant")
    missing: Counter[str] = Counter()
    for one in answers:
        missing["traces"] += one.request_id not in traces
        if one.asked == "create-key":
            missing["keys"] += one.content["key_info"]["key_id"] not in keys
        elif one.asked == "tag":
            missing["tags"] += one.content not in tagged
        elif one.asked == "create-grant":
            missing["grants"] += one.content["grant_id"] not in grants
    assert sum(one.asked == "create-grant" for one in answers)
    return +missing
