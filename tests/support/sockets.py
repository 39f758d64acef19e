"""Bytes on a connection of one's own, as no client library would send them."""

import contextlib
import socket

from tests.support.servers import Server

PATIENCE = 20.0


def exchange(server: Server, *parts: bytes) -> bytes:
    """All that comes back until the server closes the connection, or says nothing more for two seconds."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        with contextlib.suppress(OSError):  # it may have hung up already
            for part in parts:
                connection.sendall(part)
        connection.settimeout(2)
        come = b""
        with contextlib.suppress(OSError):
            while part := connection.recv(65536):
                come += part
        return come
