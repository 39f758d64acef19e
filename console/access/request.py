"""A request of the API as it came: what signatures are computed over, and what operations never see."""

import os
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
        self.request_id: Final = os.urandom(16).hex()

    def header(self, name: str) -> str:
        """The value of a header, `name` in lower case; empty where there is none."""
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        value: str = self._environ.get(key, "")
        return value
