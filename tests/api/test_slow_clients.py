"""What waits holds up nobody else: clients that send slowly, and a database that another writer holds."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from tests.support.sdk import Sdk
from tests.support.servers import Server, plain_http

SLOW = 200
SECONDS = 10


def begun(server: Server) -> socket.socket:
    """A connection that has sent a part of its body."""
    connection = socket.create_connection(("127.0.0.1", server.port), 30)
    head = f"POST /v1.0/{'0' * 32}/kms/list-keys HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    connection.sendall(head.encode() + b"{")
    return connection


@pytest.fixture
def key_id(sdk: Sdk) -> str:
    return sdk.new_key()


def test_clients_that_send_slowly_hold_up_nobody(server: Server, sdk: Sdk, key_id: str) -> None:
    with ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(closing(begun(server)))
        began = time.monotonic()
        for _ in range(20):
            sdk.encrypt_data(key_id=key_id, plain_text="x")
        assert plain_http.get(f"{server.url}/healthz").status_code == 200

        assert time.monotonic() - began < 3


@pytest.mark.without_database
def test_a_head_and_a_body_that_do_not_come_are_given_up(server: Server) -> None:
    began = time.monotonic()
    with (
        closing(begun(server)) as of_body,
        closing(socket.create_connection(("127.0.0.1", server.port), 30)) as of_head,
    ):
        of_head.sendall(b"GET /v1.0 HTT")
        answers = of_body.recv(65536), of_head.recv(65536)

    assert answers[0].startswith(b"HTTP/1.1 400 ")
    assert json.loads(answers[0].partition(b"\r\n\r\n")[2])["error"]["error_code"] == "KMS.0203"
    assert answers[1].startswith(b"HTTP/1.1 408 ")
    assert SECONDS <= time.monotonic() - began < SECONDS + 5


def test_while_another_writer_holds_the_database_only_what_must_be_written_waits(
    server: Server, sdk: Sdk, key_id: str
) -> None:
    with ThreadPoolExecutor(4) as threads:
        with server.held():
            calls = [threads.submit(sdk.encrypt_data, key_id=key_id, plain_text="x") for _ in range(4)]
            began = time.monotonic()
            for _ in range(10):
                assert plain_http.get(f"{server.url}/healthz").status_code == 200
            assert time.monotonic() - began < 2
            assert not any(call.done() for call in calls)

        assert {call.result(10).key_id for call in calls} == {key_id}
