"""The server's clock is set an hour forward and back while it serves: nothing falls due early that has days to go, none
of its ids comes twice, and who signs by another clock is told both times.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clocks import Clock
from tests.support.load import Answer, Client
from tests.support.mixed_load import life_of_a_key
from tests.support.servers import Server, copy_stopped
from tests.support.signing import signed_headers
from tests.support.visitors import Visitor
from tests.torture.amount import Figure, share
from tests.torture.test_kills import missing

JUMPS = 40
HOUR = 3600
OFFSETS = (HOUR, 0, -HOUR, 0, HOUR, -HOUR)
"""Where the clock is put in turn, in seconds from the true time."""
PENDING_DELETION = "4"


class Follower(Client):
    """Who signs by the server's clock, wherever it stands."""

    offset = 0

    def call(self, method: str, target: str, fields: dict[str, Any], asked: str = "") -> Answer:
        body, key = json.dumps(fields) if fields else "", self.account["access_key"]
        date = f"{datetime.now(UTC) + timedelta(seconds=self.offset):%Y%m%dT%H%M%SZ}"
        headers = signed_headers(
            key["ak"], key["sk"], method, target, body.encode(), host=self.place.netloc, x_sdk_date=date
        )
        return self.send(method, target, body, headers, asked)


def set_the_clock(server: Server, clock: Clock) -> Figure:
    """Set the clock of a running server again and again, and start it anew in the midst of it."""
    account = server.create_account(f"clock-{time.monotonic_ns()}", quota=10_000)
    wrong: list[str] = []
    ids: list[str] = []
    clock.set(0)
    with Follower(server.url, account) as client, Visitor(server, account) as visitor:
        token = token_of(client)
        doomed = client.kms("create-key", key_alias="doomed").content["key_info"]["key_id"]
        client.kms("schedule-key-deletion", key_id=doomed, pending_days="7")
        for number in range(share(JUMPS)):
            client.offset = OFFSETS[number % len(OFFSETS)]
            clock.set(client.offset)
            answers = [*life_of_a_key(client)]
            ids += [one.request_id for one in answers]
            wrong += [f"at {client.offset:+d} s: {one}" for one in answers if not one.is_success]
            state = client.kms("describe-key", key_id=doomed)
            if not state.is_success or state.content["key_info"]["key_state"] != PENDING_DELETION:
                wrong.append(f"at {client.offset:+d} s: the key with seven days to go: {state.content}")
            wrong += [] if lists(client, token) == 200 else [f"at {client.offset:+d} s: the token is refused"]
            page = visitor.http.get(visitor.path("kms/keys")).status_code
            wrong += [] if page == 200 else [f"at {client.offset:+d} s: the session ended: {page}"]
            wrong += stray(server, account, client.offset)
            if number % len(OFFSETS) == 1:
                server.manage("sweep")
            if number % len(OFFSETS) == 2:
                client.http.close()
                server.stop()
                server.start()
    clock.set(0)
    wrong += [] if len({*ids}) == len(ids) else ["a request id came twice"]
    wrong += missing(server, [])
    return Figure("clock set 1 h forward and back", share(JUMPS), f"{len(ids):,} calls, all answered", wrong)


def stray(server: Server, account: dict[str, Any], offset: int) -> list[str]:
    """What is wrong with the answer to one who signs by the true time: refused with both times, where they differ."""
    with Client(server.url, account) as client:
        answer = client.kms("list-keys")
    if not offset:
        return [] if answer.is_success else [f"by the true time: {answer}"]
    told = str(answer.content)
    right = answer.status == 401 and "signature expired" in told and "server time" in told
    return [] if right else [f"by another clock: {answer}"]


def token_of(client: Client) -> str:
    user = client.account["user"]
    named = {"name": user["name"], "password": user["password"], "domain": {"name": client.account["account"]["name"]}}
    identity = {"methods": ["password"], "password": {"user": named}}
    wish = {"auth": {"identity": identity, "scope": {"project": {"id": client.project}}}}
    return httpx.post(f"{client.place.geturl()}/v3/auth/tokens", json=wish, timeout=30).headers["X-Subject-Token"]


def lists(client: Client, token: str) -> int:
    headers = {"content-type": "application/json", "x-auth-token": token}
    return client.send("POST", f"/v1.0/{client.project}/kms/list-keys", "{}", headers).status


@pytest.fixture
def clocked(started_once: Path, tmp_path: Path) -> Iterator[tuple[Server, Clock]]:
    copy_stopped(started_once, tmp_path / "data")
    clock = Clock(tmp_path / "clock")
    server = Server(tmp_path / "data", clock.settings)
    try:
        server.start()
        yield server, clock
    finally:
        server.kill()


@pytest.mark.sqlite  # make torture does it on both
@pytest.mark.needs("faketime")
def test_a_clock_that_jumps_an_hour_takes_nothing_away(clocked: tuple[Server, Clock]) -> None:
    assert set_the_clock(*clocked).wrong == []
