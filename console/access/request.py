"""A request of the API as it came: what signatures are computed over, and what operations never see."""

import os
import time
from functools import lru_cache
from typing import Any, Final

from console.access.addresses import source_address

Environ = dict[str, Any]


class Request:
    """Method, decoded path, query and the bytes of the body, from a WSGI environment (PEP 3333)."""

    __slots__ = ("_environ", "body", "method", "path", "query", "request_id", "source_ip")

    def __init__(self, environ: Environ, body: bytes = b"") -> None:
        self._environ: Final = environ
        self.method: Final[str] = environ["REQUEST_METHOD"]
        # WSGI hands on the path's bytes as Latin-1, percent-decoded.
        self.path: Final[str] = environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace")
        self.query: Final[str] = environ.get("QUERY_STRING", "")
        self.body = body
        self.source_ip: Final = source_address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))
        self.request_id: Final = new_request_id()

    def header(self, name: str) -> str:
        """The value of a header, `name` in lower case; empty where there is none."""
        value: str = self._environ.get(_environ_name(name), "")
        return value


def new_request_id() -> str:
    """32 hex digits that nobody guesses and that grow with time: an index of them is written at its end."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


@lru_cache(maxsize=256)
def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
