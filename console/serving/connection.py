"""A connection of HTTP/1.1 in the event loop: bytes become requests, each of which is answered in its turn.

httptools (the parser of Node.js) reads, uvicorn listens. uvicorn's own protocol makes a task and half a dozen events of
each request; here the application gets one call when a request is whole, which costs a fifth. What a client sends is
bounded in length and in time, and one that sends or reads slowly holds no thread.
"""

import asyncio
import logging
import time
from collections import deque
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import httptools

from console.serving.exchange import PLAIN, Application, Exchange, Fault, Headers
from console.serving.stopping import LINGER, is_stopping

logger = logging.getLogger(__name__)

LONGEST_HEAD: Final = 64 * 1024
LONGEST_DRAINED: Final = 8 * 1024 * 1024
"""How much of a body that is too long is read on, so that the client is still listening when the answer comes."""
IDLE_SECONDS, REQUEST_SECONDS, ANSWER_SECONDS = 75.0, 10.0, 60.0
"""How long a connection may be silent, a client take to send head or body, and to take an answer."""
NEVER: Final = float("inf")
LIST, STAND_IN = b"LIST", b"LINK"
"""Vault's clients list by a method of their own, which the parser refuses; it knows another of that length, which
nobody uses (RFC 2068, 19.6.1.2)."""
WITHOUT_BODY: Final = frozenset({204, 304})
STATUS_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n" for one in HTTPStatus}


class Connection(asyncio.Protocol):
    """What uvicorn makes of each connection that it accepts."""

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self.application: Application = config.loaded_app
        self.state = server_state
        self.client, self.server = "", ("", 0)
        self.transport: Any = None
        self.deadline = NEVER
        self._parser = httptools.HttpRequestParser(self)
        self._answering: Exchange | None = None
        self._later: deque[Exchange] = deque()
        self._ends = self._is_full = self._is_secure = False
        # Of the request that is coming: its head as far as it is there, then itself.
        self._url, self._head, self._longest = b"", 0, 0
        self._headers: dict[str, str] = {}
        self._incoming: Exchange | None = None

    # What the transport says

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.state.connections.add(self)
        self.client = (transport.get_extra_info("peername") or ("",))[0]
        self.server = (transport.get_extra_info("sockname") or ("", 0))[:2]
        self._is_secure = transport.get_extra_info("sslcontext") is not None
        self.deadline = time.monotonic() + IDLE_SECONDS
        _Clock.watch(self)

    def connection_lost(self, problem: Exception | None) -> None:
        self.state.connections.discard(self)
        _Clock.connections.discard(self)
        self._later.clear()

    def data_received(self, data: bytes | memoryview) -> None:
        while data and not self._ends:
            if self._incoming is None:
                if self._head == 0:
                    self.deadline = time.monotonic() + REQUEST_SECONDS
                    if data[:4] == LIST:
                        data = STAND_IN + bytes(data[4:])
                elif self._head > LONGEST_HEAD:
                    self._give_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                    return
                self._head += len(data)
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                # Whatever other protocol is offered, it is answered in this one.
                data = memoryview(data)[offer.args[0] :]
                continue
            except httptools.HttpParserCallbackError:
                logger.exception("A request could not be taken.")
                self._give_up(HTTPStatus.INTERNAL_SERVER_ERROR)
            except httptools.HttpParserError:
                self._give_up(HTTPStatus.BAD_REQUEST)
            return

    def eof_received(self) -> bool:
        """Whether the connection stays open for the answer; one of TLS never does."""
        if self._incoming is not None:
            self._fail(Fault.INCOMPLETE)
        self._ends = True
        return self._answering is not None and not self._is_secure

    def pause_writing(self) -> None:
        self._is_full = True
        self.deadline = time.monotonic() + ANSWER_SECONDS
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._is_full = False
        self.deadline = time.monotonic() + IDLE_SECONDS
        self._turn_to_next()

    # What the parser says

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._incoming is not None:
            return  # behind the body: what a proxy checked or set in the head must not be added to here
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key in self._headers:
            text = f"{self._headers[key]}{'; ' if key == 'cookie' else ','}{text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        exchange = Exchange(self)
        method = self._parser.get_method()
        exchange.method = (LIST if method == STAND_IN else method).decode("latin-1")
        exchange.headers = self._headers
        try:
            exchange.path, exchange.query = _target(self._url)
        except (httptools.HttpParserError, UnicodeDecodeError):
            self._give_up(HTTPStatus.BAD_REQUEST)
            return
        if len(self._url) + sum(map(len, self._headers.values())) > LONGEST_HEAD:
            self._give_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        exchange.keeps_open = self._parser.should_keep_alive()
        self._incoming, self._longest = exchange, self.application.longest_body(exchange)
        self.deadline = time.monotonic() + REQUEST_SECONDS
        if "expect" in exchange.headers and self._answering is None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._incoming is not None:
            self._incoming.take(body, self._longest)
            if self._incoming.length > LONGEST_DRAINED:
                self._fail(Fault.TOO_LONG)

    def on_message_complete(self) -> None:
        exchange = self._incoming
        self._begin_head()
        if exchange is None or self._ends:
            return
        exchange.close()
        if self._answering is None:
            self._begin(exchange)
        else:
            self._later.append(exchange)
            self.transport.pause_reading()

    # What the clock says

    def expire(self) -> None:
        """The time of what it is at is over."""
        self.deadline = NEVER
        if self._ends or self._is_full:
            self.transport.abort()
        elif self._incoming is not None:
            self._fail(Fault.INCOMPLETE)
        elif self._head:
            self._give_up(HTTPStatus.REQUEST_TIMEOUT)
        elif self._answering is None:
            self.transport.abort()

    # What the application says

    def send(self, exchange: Exchange, status: int, headers: Headers, body: bytes) -> None:
        """Write the answer to `exchange`, and turn to the next request."""
        self._answering = None
        if self.transport.is_closing():
            return
        if not exchange.keeps_open:
            self._later.clear()
        closes = not self._later and (self._ends or not exchange.keeps_open or is_stopping())
        lines, has_length = [STATUS_LINES[status], _Clock.date], False
        for name, value in headers:
            lines.append(f"{name}: {value}\r\n")
            has_length = has_length or name == "Content-Length"
        if not has_length and status not in WITHOUT_BODY:
            lines.append(f"Content-Length: {len(body)}\r\n")
        if closes:
            lines.append("Connection: close\r\n")
        elif self._parser.get_http_version() == "1.0":
            lines.append("Connection: keep-alive\r\n")
        lines.append("\r\n")
        head = "".join(lines).encode("latin-1")
        self.deadline = time.monotonic() + IDLE_SECONDS
        self.transport.write(head if exchange.method == "HEAD" else head + body)
        self.state.total_requests += 1
        if closes:
            self.transport.close()
        elif self._later:
            self._turn_to_next()

    # What uvicorn says

    def shutdown(self) -> None:
        """Close with the answer that is under way or comes next; without one, once nobody sends any more."""
        if self._answering is None:
            is_silent, now = self._incoming is None and not self._head, time.monotonic()
            silence = now - (self.deadline - IDLE_SECONDS) if is_silent else 0
            asyncio.get_running_loop().call_later(min(LINGER, max(0, LINGER - silence)), self._end_silence)

    def _end_silence(self) -> None:
        if self._answering is None:
            self._ends = True
            self.transport.close()

    def _begin_head(self) -> None:
        self._url, self._head, self._headers, self._incoming = b"", 0, {}, None

    def _begin(self, exchange: Exchange) -> None:
        self._answering, self.deadline = exchange, NEVER
        self.application.begin(exchange)

    def _fail(self, fault: Fault) -> None:
        """Have the request refused, of which no more is read."""
        exchange, self._incoming = self._incoming, None
        self._ends = True
        if exchange is not None and self._answering is None:
            exchange.fault = fault
            exchange.close()
            self._begin(exchange)

    def _give_up(self, status: HTTPStatus) -> None:
        """Refuse what is no request."""
        self._ends = True
        if self._answering is None:
            text = f"{status.phrase}.\n".encode()
            self.send(Exchange(self), status, PLAIN, text)

    def _turn_to_next(self) -> None:
        """Begin the request that waits longest, where the client takes what is written; else read on."""
        if self._is_full or self._answering is not None:
            return
        if self._later:
            self._begin(self._later.popleft())
        if not self._later:
            self.transport.resume_reading()


def open_connections() -> int:
    """How many connections this process has."""
    return len(_Clock.connections)


class _Clock:
    """What happens each second: answers get another date, and connections whose time is over are ended; one look at all
    of them costs less than a timer each."""

    connections: ClassVar[set[Connection]] = set()
    is_ticking: ClassVar[bool] = False
    date: ClassVar[str] = ""

    @classmethod
    def watch(cls, one: Connection) -> None:
        """Begin with a connection; it takes itself out."""
        cls.connections.add(one)
        if not cls.is_ticking:
            cls.tick()

    @classmethod
    def tick(cls) -> None:
        cls.is_ticking = bool(cls.connections)
        if cls.is_ticking:
            cls.date = f"Date: {formatdate(usegmt=True)}\r\n"
            now = time.monotonic()
            for one in [one for one in cls.connections if one.deadline < now]:
                one.expire()
            asyncio.get_running_loop().call_later(1, cls.tick)


def _target(url: bytes) -> tuple[str, str]:
    """Decoded path and query of a request's target."""
    if not url.startswith(b"/"):
        parsed = httptools.parse_url(url)
        url = (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
    path, _, query = url.partition(b"?")
    text = path.decode()
    return (unquote(text) if "%" in text else text), query.decode("latin-1")
