"""A node, or a worker of one, is killed under load: nothing that was acknowledged is lost, and few notice."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.nodes.conftest import Cluster
from tests.support.load import Answer, Client, calling
from tests.support.mixed_load import life_of_a_key, lost
from tests.support.nodes import workers_of

CLIENTS = 12


def test_a_killed_node_takes_nothing_with_it_but_what_it_was_at(cluster: Cluster, account: dict[str, Any]) -> None:
    with calling(CLIENTS, lambda: cluster.client(account), life_of_a_key) as answers:
        cluster.wait_until_busy(cluster.other)
        time.sleep(random.uniform(0, 0.5))  # noqa: S311 - the moment of a death is no secret
        killed_at = time.monotonic()
        cluster.other.kill()
        time.sleep(1)
        alone_until = time.monotonic()
        cluster.other.start()
        cluster.wait_until_busy(cluster.other)

    failed = [one for one in answers if not one.is_success]
    assert len(failed) <= CLIENTS, told(failed)
    late = [one for one in failed if one.sent_at > killed_at + 0.5]
    assert not late, told(late)
    assert any(killed_at + 0.5 < one.sent_at < alone_until for one in answers)
    assert not any(lost(cluster.one, answers).values())
    assert any(one.asked == "grant" and one.is_success for one in answers)
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
