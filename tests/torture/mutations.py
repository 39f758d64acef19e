"""Changes of a byte or a few, and what they mean: those that leave a request as it was are none."""

import base64
import binascii
import re
import socket
from random import Random
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

PRINTABLE = bytes(range(0x20, 0x7F))
IN_A_LINE = bytes(one for one in range(1, 256) if one not in b"\r\n")
"""What may stand in the head of a request without ending its line."""
NO_ANSWER = 0


def mutated(chance: Random, value: bytes, alphabet: bytes = PRINTABLE) -> bytes:
    """Another value than this one: a byte replaced, inserted, left out or put elsewhere, a bit turned, the end cut off,
    a part doubled."""
    while True:
        at, other = chance.randrange(len(value)), bytes([chance.choice(alphabet)])
        cut = chance.randrange(len(value) + 1)
        low, high = min(at, cut), max(at, cut)
        turned = value[at] ^ 1 << chance.randrange(8)
        found = chance.choice(
            [
                value[:at] + other + value[at + 1 :],
                value[:at] + bytes([turned if turned in alphabet else other[0]]) + value[at + 1 :],
                value[:cut] + other + value[cut:],
                value[:at] + value[at + 1 :],
                value[at:] + value[:at],
                value[:at],
                value[:high] + value[low:],
                value[:low] + value[low:high][::-1] + value[high:],
            ]
        )
        if found != value:
            return found


def mutated_but(chance: Random, value: str, meaning: object, alphabet: bytes = PRINTABLE) -> str:
    """Another text than this one, which also means another thing: `meaning` is a function of texts."""
    assert callable(meaning)
    while True:
        found = mutated(chance, value.encode("latin-1"), alphabet).decode("latin-1")
        if meaning(found) != meaning(value):
            return found


def base64_of(text: str) -> bytes:
    """The bytes of Base64, read as leniently as anybody may; of what is none, the text."""
    try:
        return base64.b64decode(text.encode("latin-1") + b"==")
    except binascii.Error:
        return text.encode("latin-1")


def hex_of(text: str) -> bytes:
    """The bytes of hexadecimal digits of either case, with blanks that don't count; of what is none, the text."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode("latin-1")


def target_of(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What a request's target names: the path with or without a slash at its end, and the parameters in any order.

    Blanks around it are none of it."""
    path, _, query = text.strip().partition("#")[0].partition("?")
    parts = [one.replace("+", " ").partition("=") for one in query.split("&") if one]
    return unquote(path).removesuffix("/"), sorted((unquote(name), unquote(value)) for name, _, value in parts)


def authorization_of(text: str) -> str:
    """The header with the blanks that may stand behind its commas."""
    return re.sub(r",\s*", ",", text.strip())


class Reply(NamedTuple):
    """An answer; `status` is NO_ANSWER where the connection was closed without one."""

    status: int
    head: bytes = b""
    body: bytes = b""


class Line:
    """A connection that is opened anew whenever the server has closed it."""

    def __init__(self, url: str) -> None:
        self.place = urlsplit(url)
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> Reply:
        for _attempt in range(2):  # a kept connection may have been closed since
            is_new = self._socket is None
            if self._socket is None:
                self._socket = socket.create_connection((self.place.hostname, self.place.port), 30)
            head, body = self._exchange(self._socket, request)
            if not head or b"\r\nconnection: close" in head.lower():
                self.close()
            if head:
                return Reply(int(head.split(b" ", 2)[1]), head, body)
            if is_new:
                break
        return Reply(NO_ANSWER)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
        come = b""
        try:
            connection.sendall(request)
            while True:
                head, end, body = come.partition(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
                if end and len(body) >= (int(length[1]) if length else 0):
                    return head, body
                part = connection.recv(65536)
                if not part:
                    return (head, body) if end else (b"", b"")
                come += part
        except ConnectionError:
            return b"", b""
