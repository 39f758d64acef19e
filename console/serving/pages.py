"""Django's pages behind a connection: a request becomes the WSGI environment (PEP 3333) that Django knows."""

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings

from console import served
from console.serving.exchange import PLAIN, Exchange

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Page = tuple[int, list[tuple[str, str]], bytes]
LONGEST_BODY: Final = 1024 * 1024
"""Of a page's form; what Django itself takes of it stands in the settings."""
TOO_LARGE: Page = (413, PLAIN, b"Too large.\n")


def page_of(pages: Wsgi, exchange: Exchange) -> Page:
    """Status, headers and content of the page that a request asks for. In a thread."""
    came: list[Any] = []
    serving = served.now.set(exchange.served)
    try:
        parts = pages(environ_of(exchange), lambda status, headers, error=None: came.extend((status, headers)))
        try:
            content = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
    finally:
        served.now.reset(serving)
    return int(came[0].split(" ", 1)[0]), came[1], content


def name_of(path: str) -> str:
    """What an address is called before its view is known, if it has one."""
    return "static" if path.startswith(settings.STATIC_URL) else served.UNKNOWN


def environ_of(exchange: Exchange) -> Environ:
    """The WSGI environment of a request."""
    host, port = exchange.server
    environ: Environ = {
        "REQUEST_METHOD": exchange.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": exchange.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": exchange.query,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": exchange.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if settings.TLS else "http",
        "wsgi.input": io.BytesIO(exchange.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": settings.WORKERS > 1,
        "wsgi.run_once": False,
    }
    for name, value in exchange.headers.items():
        if "_" in name:
            continue  # it would stand for the header with a dash
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(exchange.body))
    return environ
