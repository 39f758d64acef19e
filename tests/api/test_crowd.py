"""Many connections at once, some of them slow in every way: `make bench-crowd` (tests/scale/crowd.py) as a test."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.scale.crowd import Crowd, bytes_of
from tests.scale.peers import Call
from tests.support.sdk import Sdk
from tests.support.servers import Server
from tests.support.signing import signed_headers

STEADY, SLOW, SECONDS = 160, 40, 3.0
LONGEST = 5.0  # seconds, for machines that stall; who had to wait for a slow client would wait for ten


@pytest.fixture
def crowd(server: Server, sdk: Sdk) -> Crowd:
    def signed(verb: str, **fields: str) -> bytes:
        path, body = f"/v1.0/{sdk.project}/kms/{verb}", json.dumps(fields)
        headers = signed_headers(sdk.ak, sdk.sk, "POST", path, body.encode(), host=f"127.0.0.1:{server.port}")
        return bytes_of(Call("POST", path, headers, body))

    return Crowd(server.port, signed("encrypt-data", key_id=sdk.new_key(), plain_text="x"), signed("list-keys"))


def test_a_crowd_in_which_some_are_slow_is_answered_in_time(crowd: Crowd) -> None:
    # In a thread of its own: a browser's tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, crowd.gather(steady=STEADY, slow=SLOW, pause=1.0, seconds=SECONDS)).result()

    assert crowd.failures == []
    assert len(crowd.latencies) == STEADY * SECONDS
    assert crowd.p99 < LONGEST
