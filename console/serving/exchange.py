"""A request that came on a connection, and who answers it."""

import time
from collections.abc import Iterable
from enum import Enum
from typing import Final, Protocol

from console.served import Served

Headers = Iterable[tuple[str, str]]
PLAIN: Final = [("Content-Type", "text/plain"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
"""Headers of a word to people that is no page."""


class Fault(Enum):
    """Why a request did not come whole."""

    TOO_LONG = "its body is longer than the application takes"
    INCOMPLETE = "its body ended early, or took too long"


class Application(Protocol):
    """Who answers."""

    def longest_body(self, exchange: "Exchange") -> int:
        """How many bytes of a body it takes, once the head is there."""

    def begin(self, exchange: "Exchange") -> None:
        """Answer, now or later, in the loop. A request with a `fault` has no body, and only a refusal as its answer."""


class Line(Protocol):
    """The connection, as a request knows it."""

    client: str
    server: tuple[str, int]

    def send(self, exchange: "Exchange", status: int, headers: Headers, body: bytes) -> None: ...


class Exchange:
    """A request, and the place where it is answered. Names of headers are in lower case."""

    __slots__ = (
        *("_connection", "_parts", "body", "came", "fault", "headers", "keeps_open", "length", "method", "path"),
        *("query", "served"),
    )

    def __init__(self, connection: "Line") -> None:
        self._connection = connection
        self.method, self.path, self.query = "", "", ""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.fault: Fault | None = None
        self.keeps_open = False
        self.length = 0
        self._parts: list[bytes] = []
        self.came = 0.0
        """When it was whole, by the clock of `time.perf_counter`."""
        self.served: Served | None = None
        """What it is called while it is answered; the application says so."""

    @property
    def client(self) -> str:
        """The address that it came from."""
        return self._connection.client

    @property
    def server(self) -> tuple[str, int]:
        """The address and port that it came to."""
        return self._connection.server

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the answer, once, in the loop."""
        self._connection.send(self, status, headers, body)

    def take(self, part: bytes, longest: int) -> None:
        """A part of the body came."""
        self.length += len(part)
        if self.length <= longest:
            self._parts.append(part)
        else:
            self.fault = Fault.TOO_LONG
            self._parts.clear()

    def close(self) -> None:
        """No more of the body comes."""
        self.came = time.perf_counter()
        self.body = b"".join(self._parts) if self.fault is None else b""
