"""A request of the API as it came: what signatures are computed over, and what operations never see."""

import os
import time
from collections.abc import Mapping
from typing import Final

from console.access.addresses import source_address
from console.served import UNKNOWN, Served


class Request(Served):
    """Method, decoded path, query, headers (their names in lower case) and the bytes of the body; `peer` is the address
    that sent it."""

    __slots__ = ("body", "headers", "method", "path", "query", "source_ip")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        peer: str = "",
        body: bytes = b"",
    ) -> None:
        self.request_id, self.operation = new_request_id(), UNKNOWN  # as `super` does, which takes longer
        self.method: Final = method
        self.path: Final = path
        self.query: Final = query
        self.headers: Final = headers
        self.body: Final = body
        self.source_ip: Final = source_address(peer, headers.get("x-forwarded-for", ""))

    def header(self, name: str) -> str:
        """The value of a header, `name` in lower case; empty where there is none."""
        return self.headers.get(name, "")


def new_request_id() -> str:
    """32 hex digits that nobody guesses and that grow with time: an index of them is written at its end."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
