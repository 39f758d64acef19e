"""Django's pages behind RSGI: a request becomes the WSGI environment (PEP 3333) that Django knows, in a thread."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any, Final

from console.access.addresses import split_address
from console.api.body import read_body
from console.api.errors import BodyIncomplete, BodyTooLong

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
LONGEST_BODY: Final = 1024 * 1024
"""Of a page's form; what Django itself takes of it stands in the settings."""


async def answer_page(pages: Wsgi, threads: Executor, scope: Any, protocol: Any) -> None:
    """Answer a request by a page."""
    try:
        body = await read_body(scope.headers.get, protocol, LONGEST_BODY)
    except (BodyIncomplete, BodyTooLong):
        protocol.response_str(413, [("Content-Type", "text/plain"), ("Cache-Control", "no-store")], "Too large.\n")
        return
    environ = environ_of(scope, body)
    status, headers, content = await asyncio.get_running_loop().run_in_executor(threads, _page, pages, environ)
    if content:
        protocol.response_bytes(status, headers, content)
    else:
        protocol.response_empty(status, headers)


def environ_of(scope: Any, body: bytes) -> Environ:
    """The WSGI environment of a request whose body was read."""
    server, port = split_address(scope.server)
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": split_address(scope.client)[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _page(pages: Wsgi, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and content of a page."""
    came: list[Any] = []
    parts = pages(environ, lambda status, headers, error=None: came.extend((status, headers)))
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return int(came[0].split(" ", 1)[0]), came[1], content
