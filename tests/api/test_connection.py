"""The server as bytes on a connection: what clients may send, in whatever pieces, and what they get."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.servers import Server

ROOT = b"GET /v1.0 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", server.port), 20)) as opened:
        yield opened


def answers(connection: socket.socket, number: int) -> list[tuple[bytes, bytes]]:
    """Head and body of so many answers, each of which says its length."""
    found: list[tuple[bytes, bytes]] = []
    come = b""
    while len(found) < number:
        head, end, rest = come.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0) if end else 0
        if end and len(rest) >= length:
            found.append((head, rest[:length]))
            come = rest[length:]
        elif part := connection.recv(65536):
            come += part
        else:
            break
    return found


def is_closed(connection: socket.socket) -> bool:
    return connection.recv(65536) == b""


def test_requests_on_one_connection_are_answered_in_their_order(connection: socket.socket) -> None:
    page = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    unknown = b"GET /v1.0/nothing HTTP/1.1\r\nHost: x\r\n\r\n"

    connection.sendall(page + ROOT + unknown + page)

    assert [head[9:12] for head, _ in answers(connection, 4)] == [b"200", b"200", b"404", b"200"]


def test_a_request_in_single_bytes_is_one_request(connection: socket.socket) -> None:
    for byte in ROOT:
        connection.sendall(bytes([byte]))

    assert answers(connection, 1)[0][0].startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /v1.0 HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET /v1.0 HTTP/1.1\r\nHost: x\r\nX: a\nb\r\n\r\n",
    ],
    ids=["TLS", "no target", "no colon", "half an address", "two lengths", "two numbers", "bare line feed"],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(connection: socket.socket, garbage: bytes) -> None:
    connection.sendall(garbage)

    ((head, _body),) = answers(connection, 1)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert is_closed(connection)


@pytest.mark.parametrize("head", [b"X: " + b"a" * 70_000, b"\r\n".join(b"X%d: a" % one for one in range(20_000))])
def test_a_head_over_64_kib_is_refused(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"GET /v1.0 HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")

    assert answers(connection, 1)[0][0].startswith(b"HTTP/1.1 431 ")


def test_an_offer_of_another_protocol_is_answered_in_this_one(connection: socket.socket) -> None:
    offer = b"GET /v1.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"

    connection.sendall(offer + ROOT)

    assert [head[9:12] for head, _ in answers(connection, 2)] == [b"200", b"200"]


def test_whoever_asks_first_is_told_to_go_on(connection: socket.socket) -> None:
    head = b"POST /v1.0/x/kms/y HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    connection.sendall(head)
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"

    connection.sendall(b"{}")

    assert answers(connection, 1)[0][0].startswith(b"HTTP/1.1 404 ")


def test_a_client_that_says_it_is_done_gets_its_answer(connection: socket.socket) -> None:
    connection.sendall(ROOT)
    connection.shutdown(socket.SHUT_WR)

    assert answers(connection, 1)[0][0].startswith(b"HTTP/1.1 200 ")
    assert is_closed(connection)


@pytest.mark.parametrize(
    ("version", "asked", "said"),
    [
        (b"1.1", b"", b""),
        (b"1.1", b"Connection: close\r\n", b"Connection: close"),
        (b"1.0", b"", b"Connection: close"),
        (b"1.0", b"Connection: keep-alive\r\n", b"Connection: keep-alive"),
    ],
)
def test_a_connection_stays_open_as_the_client_wishes(
    connection: socket.socket, version: bytes, asked: bytes, said: bytes
) -> None:
    connection.sendall(b"GET /v1.0 HTTP/%s\r\nHost: x\r\n%s\r\n" % (version, asked))

    ((head, _body),) = answers(connection, 1)
    assert said in head
    if b"close" in said:
        assert is_closed(connection)
    else:
        connection.sendall(ROOT)
        assert answers(connection, 1)


def test_an_answer_to_head_has_no_body(connection: socket.socket) -> None:
    connection.sendall(b"HEAD /v1.0 HTTP/1.1\r\nHost: x\r\n\r\n" + b"HEAD /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n")

    come = b""
    while come.count(b"\r\n\r\n") < 2:
        come += connection.recv(65536)

    assert come.endswith(b"\r\n\r\n")
    assert come.count(b"HTTP/1.1 200 OK") == 2


def test_a_header_with_an_underscore_stands_for_no_other(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nHX_Request: true\r\n\r\n")

    assert b"\r\nLocation: " in answers(connection, 1)[0][0]


def test_answers_tell_the_time_and_nothing_of_the_server(connection: socket.socket) -> None:
    connection.sendall(ROOT)

    ((head, _body),) = answers(connection, 1)
    assert b"\r\nDate: " in head
    assert b"\r\nServer" not in head
