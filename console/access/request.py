"""A request of the API as it came: what signatures are computed over, and what operations never see."""

import os
import time
from collections.abc import Callable
from typing import Final

from console.access.addresses import source_address


class Request:
    """Method, decoded path, query, headers and the bytes of the body.

    `header_named` gives the value of a header, its name in lower case, or None; `peer` is the address that sent it."""

    __slots__ = ("_header_named", "body", "method", "path", "query", "request_id", "source_ip")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        header_named: Callable[[str], str | None],
        peer: str = "",
        body: bytes = b"",
    ) -> None:
        self._header_named: Final = header_named
        self.method: Final = method
        self.path: Final = path
        self.query: Final = query
        self.body = body
        self.source_ip: Final = source_address(peer, header_named("x-forwarded-for") or "")
        self.request_id: Final = new_request_id()

    def header(self, name: str) -> str:
        """The value of a header, `name` in lower case; empty where there is none."""
        return self._header_named(name) or ""


def new_request_id() -> str:
    """32 hex digits that nobody guesses and that grow with time: an index of them is written at its end."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
