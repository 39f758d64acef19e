"""Two million calls take no more memory than the first hundred thousand did."""

import re
import time
from pathlib import Path

import pytest

from tests.support.load import Client
from tests.support.nodes import workers_of
from tests.support.servers import Server, copy_stopped
from tests.support.volley import Wish, call_by_many
from tests.torture.amount import Figure, share

CALLS, FIRST = 2_000_000, 100_000
MOST_GROWTH = 0.05
DIGEST = "3q2+7w=="


def call_again_and_again(server: Server, calls: int) -> Figure:
    """Have a running server of one worker answer so many calls of the data plane in turn, by 64 connections."""
    account = server.create_account(f"busy-{time.monotonic_ns()}", quota=10)
    with Client(server.url, account) as client:
        wishes, first = _wishes(client), min(FIRST, calls // 2)
        failed = call_by_many(client, wishes, first)
        before, begun = resident(server), time.monotonic()
        failed += call_by_many(client, wishes, calls - first)
        after, seconds = resident(server), time.monotonic() - begun
    growth = after / before - 1
    wrong = [f"{failed} calls failed"] if failed else []
    wrong += [f"grown by {growth:.1%}"] if growth > MOST_GROWTH else []
    seen = (
        f"{before / 2**20:.1f} MiB resident after {first:,}, {after / 2**20:.1f} MiB in the end ({growth:+.1%});"
        f" {(calls - first) / seconds:,.0f} calls a second"
    )
    return Figure("calls by 64 connections", calls, seen, wrong)


def resident(server: Server) -> int:
    """Bytes of memory that its worker has."""
    (worker,) = workers_of(server)
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{worker}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def _wishes(client: Client) -> list[Wish]:
    made = client.kms("create-key", key_alias="busy", key_spec="AES_256")
    mac = client.kms("create-key", key_alias="mac", key_spec="HMAC_256")
    key_id, mac_id = (one.content["key_info"]["key_id"] for one in (made, mac))
    sealed = client.kms("encrypt-data", key_id=key_id, plain_text="secret").content["cipher_text"]
    return [
        ("encrypt-data", {"key_id": key_id, "plain_text": "secret"}),
        ("decrypt-data", {"cipher_text": sealed}),
        ("create-datakey", {"key_id": key_id, "datakey_length": "256"}),
        ("generate-mac", {"key_id": mac_id, "mac_algorithm": "HMAC_SHA_256", "message": DIGEST}),
        ("describe-key", {"key_id": key_id}),
        ("list-keys", {"limit": "10"}),
    ]


@pytest.mark.sqlite  # make torture does it on both
def test_memory_stays_as_it_is_however_many_calls_come(started_once: Path, tmp_path: Path) -> None:
    copy_stopped(started_once, tmp_path / "data")
    server = Server(tmp_path / "data", {"LOG_LEVEL": "warning"})
    try:
        server.start()
        figure = call_again_and_again(server, share(CALLS))
    finally:
        server.kill()

    assert figure.wrong == []
