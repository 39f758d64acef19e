"""Calls by many kept connections at once, as quick as Python sends bytes: the same signed requests again and again."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.support.load import Client
from tests.support.signing import signed_headers

CONNECTIONS = 64
SIGNED_FOR = 300
"""Seconds after which requests are signed anew; the server takes them for fifteen minutes."""
Wish = tuple[str, dict[str, Any]]


def call_by_many(client: Client, wishes: list[Wish], number: int) -> int:
    """Make so many calls in turn, each as a verb and its fields; how many were not answered with success."""
    host = (client.place.hostname, client.place.port)
    failed = 0
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(host, 60)) for _ in range(min(number, CONNECTIONS))]
        for start, requests in zip(range(0, number, len(sockets)), _signed(client, wishes), strict=False):
            asked = sockets[: number - start]
            for index, connection in enumerate(asked):
                connection.sendall(requests[(start + index) % len(requests)])
            failed += sum(not _answered(connection).startswith(b"HTTP/1.1 20") for connection in asked)
    return failed


def request_of(method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    """A request as it travels."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1") + body


def _signed(client: Client, wishes: list[Wish]) -> Iterator[list[bytes]]:
    """The requests, without end."""
    while True:
        until = time.monotonic() + SIGNED_FOR
        requests = [_request(client, verb, fields) for verb, fields in wishes]
        while time.monotonic() < until:
            yield requests


def _request(client: Client, verb: str, fields: dict[str, Any]) -> bytes:
    target, body = f"/v1.0/{client.project}/kms/{verb}", json.dumps(fields).encode()
    key = client.account["access_key"]
    headers = signed_headers(key["ak"], key["sk"], "POST", target, body, host=client.place.netloc)
    return request_of("POST", target, headers, body)


def _answered(connection: socket.socket) -> bytes:
    """The whole answer."""
    come = b""
    while True:
        part = connection.recv(65536)
        if not part:
            return come
        come += part
        head, end, body = come.partition(b"\r\n\r\n")
        if end:
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if len(body) >= int(length or 0):
                return come
