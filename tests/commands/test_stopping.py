"""How a server stops: who is connected is answered, who comes is refused, and nobody is cut off."""

import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from console.serving.stopping import LINGER
from tests.commands.conftest import NewServer
from tests.support.load import Client
from tests.support.nodes import listens, workers_of
from tests.support.servers import Server

ASK = b"GET /v1.0 HTTP/1.1\r\nHost: x\r\n\r\n"
READY = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
CALLERS = 6


@pytest.fixture
def server(known_server: NewServer) -> Iterator[Server]:
    one = known_server(WORKERS="2")
    one.start()
    yield one
    one.kill()


def ask(connection: socket.socket, request: bytes = ASK) -> bytes:
    """The head and body of an answer; empty where the connection was closed without one."""
    connection.sendall(request)
    come = b""
    while b"\r\n\r\n" not in come:
        part = connection.recv(65536)
        if not part:
            return come
        come += part
    return come


def tell(server: Server) -> None:
    """SIGTERM to the main process."""
    assert server.process
    server.process.terminate()


def tell_all(server: Server) -> None:
    """SIGTERM to all its processes at once, as systemd does unless it is told otherwise."""
    assert server.process
    for pid in [*workers_of(server), server.process.pid]:
        os.kill(pid, signal.SIGTERM)


def wait_for_the_end(server: Server) -> None:
    assert server.process
    assert server.process.wait(15) == 0
    assert "Traceback" not in server.log()


def test_kept_connections_are_answered_once_more_and_silent_ones_closed_after_a_while(server: Server) -> None:
    with ExitStack() as stack:
        kept, asking, silent = (
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), 20))) for _ in range(3)
        )
        assert b"Connection: close" not in ask(kept)
        assert ask(asking, READY).startswith(b"HTTP/1.1 200 ")
        ask(silent)
        begun = time.monotonic()

        tell(server)
        while listens(server.port):
            time.sleep(0.02)
        time.sleep(0.5)

        last, ready = ask(kept), ask(asking, READY)
        assert last.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nConnection: close\r\n" in last
        assert ready.startswith(b"HTTP/1.1 503 ")
        assert ready.endswith(b"stopping\n")
        assert kept.recv(1) == asking.recv(1) == silent.recv(1) == b""
        assert time.monotonic() - begun > LINGER - 0.1
    wait_for_the_end(server)
    assert time.monotonic() - begun < 5


def test_what_takes_its_time_is_answered(server: Server) -> None:
    account = server.create_account("patient")
    with Client(server.url, account) as client, ThreadPoolExecutor(1) as thread:
        client.kms("list-keys")
        answer = thread.submit(client.kms, "create-key", key_alias="slow", key_spec="RSA_3072")
        time.sleep(0.1)

        tell(server)

        assert answer.result().status == 200
    wait_for_the_end(server)


@pytest.mark.parametrize("stop", [tell, tell_all])
def test_who_connects_meanwhile_is_refused_or_answered_but_never_cut_off(
    server: Server, stop: Callable[[Server], None]
) -> None:
    place, ends, found = ("127.0.0.1", server.port), threading.Event(), Counter[str]()

    def come_again_and_again() -> None:
        while not ends.is_set():
            try:
                connection = socket.create_connection(place, 20)
            except OSError:
                found["refused"] += 1
                time.sleep(0.01)
                continue
            with closing(connection):
                try:
                    found["answered" if ask(connection).startswith(b"HTTP/1.1 200 ") else "cut off"] += 1
                except OSError:
                    found["cut off"] += 1

    with ThreadPoolExecutor(CALLERS) as threads:
        for _ in range(CALLERS):
            threads.submit(come_again_and_again)
        time.sleep(0.5)
        stop(server)
        wait_for_the_end(server)
        time.sleep(1.5)  # who was held off knocks again
        ends.set()

    assert found["answered"] > 50
    assert found["refused"] >= CALLERS
    assert found["cut off"] == 0


def test_a_worker_that_is_stopped_alone_is_replaced_without_a_request_lost(server: Server) -> None:
    workers = workers_of(server)
    assert len(workers) == 2

    os.kill(workers[0], signal.SIGTERM)

    end = time.monotonic() + 3
    while time.monotonic() < end:
        with closing(socket.create_connection(("127.0.0.1", server.port), 20)) as connection:
            assert ask(connection).startswith(b"HTTP/1.1 200 ")
    with pytest.raises(ProcessLookupError):
        os.kill(workers[0], 0)
