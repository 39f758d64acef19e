"""From a request to an operation and back: who asks, which call, what it takes, one operation, the answer."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from console import served, sql
from console.access.caller import Caller
from console.access.limits import check_rate
from console.access.request import Request
from console.access.strangers import turn_away
from console.access.trail import not_saved, trace_refusal
from console.api.contract import CONTRACT
from console.api.dialects import Dialect, others
from console.api.errors import MethodUnknown, RouteUnknown
from console.api.routes import Answer, Pace, Route, Routes
from keys.errors import Failed, KmsError

logger = logging.getLogger(__name__)

_json = msgspec.json.Encoder()
_private = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


class Asked(NamedTuple):
    """What a request asks for: its dialect; the route, None where there is none for its method; the routes at its path
    by method, and what stands in the places of the path."""

    dialect: Dialect
    route: Route | None
    routes: Routes
    places: dict[str, str]

    def pace(self, body: bytes) -> Pace:
        """How long the answer may take."""
        return Pace.PATIENT if self.route is None else self.route.pace(body)


class Response(NamedTuple):
    """What goes out; `code` is the error's, empty where there is none."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    code: str = ""


def dialect_of(method: str, path: str, headers: Mapping[str, str]) -> Dialect | None:
    """The dialect of a request, by its headers too (their names in lower case); None where it asks for a page."""
    for one in others():
        if one.speaks(method, path, headers):
            return one
    return CONTRACT if CONTRACT.speaks(method, path, headers) else None


def asked_by(request: Request) -> Asked:
    """What this request asks for; the request is called after it from now on."""
    dialect = _dialect(request)
    routes, places = dialect.find(request)
    route = dialect.route(routes, request.method)
    if routes:
        request.operation = (route or next(iter(routes.values()))).trace
    return Asked(dialect, route, routes, places)


def _dialect(request: Request) -> Dialect:
    return dialect_of(request.method, request.path, request.headers) or CONTRACT


class Admitted(NamedTuple):
    """The call, who makes it (the request itself, where it is open to everybody), and what he asks of the operation."""

    dialect: Dialect
    route: Route
    caller: Any
    taken: Any


def answer(request: Request, asked: Asked) -> Response:
    """Answer one call of the API. Every refusal has the contract's form (section 3); none is a page or a traceback."""
    return perform(request, admit(request, asked))


def admit(request: Request, asked: Asked) -> Admitted | Response:
    """The first half of `answer`: who calls and what he asks, or the refusal. From here on lines that this thread logs
    are of this request, until the end of `served.in_turn`.

    Where several calls wait, all are admitted before the first is performed: a step that is repeated finds its code in
    the processor's caches, and the whole takes a third less time."""
    served.now.set(request)
    try:
        return _admitted(request, asked)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has the contract's form
        return _refusal(request, error)


def perform(request: Request, admitted: Admitted | Response) -> Response:
    """The second half: what the operation makes of it; a refusal stays what it is."""
    if isinstance(admitted, Response):
        return admitted
    dialect, route, caller, taken = admitted
    served.now.set(request)
    try:
        result = route.answer(route.operation(caller, taken))
        content, headers = result if isinstance(result, Answer) else (result, ())
        return _response(request, dialect, route.status, dialect.dress(request, content), headers)
    except Exception as error:  # noqa: BLE001 - the same
        return _refusal(request, error)


def refuse(request: Request, error: KmsError) -> Response:
    """The answer that tells of an error."""
    dialect = _dialect(request)
    with translation.override("en"):  # programs read these sentences, as the cloud's in English
        status, content, headers = dialect.error(request, error)
    if error.retry_after:
        headers = [*headers, ("Retry-After", str(error.retry_after))]
    return _response(request, dialect, status, content, headers, code=str(error.code))


def _response(
    request: Request,
    dialect: Dialect,
    status: int,
    content: Any,
    headers: Iterable[tuple[str, str]] = (),
    code: str = "",
) -> Response:
    sent = [("Content-Type", dialect.content_type)] if status != 204 else []
    sent += (("X-Request-Id", request.request_id), *_private, *headers)
    if settings.TLS:
        sent.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    return Response(status, sent, b"" if status == 204 else _json.encode(content), code)


def _admitted(request: Request, asked: Asked) -> Admitted:
    dialect, route, routes, places = asked
    if not routes:
        raise RouteUnknown()
    if route is not None and route.is_open:
        return Admitted(dialect, route, request, dialect.read(request, route.request, places))
    caller = _caller(request, dialect, places)
    try:
        check_rate(caller)
        if route is None:
            raise MethodUnknown(methods=", ".join(routes))
        if route.is_in_project and caller.project is None:
            raise dialect.foreign()
        return Admitted(dialect, route, caller, dialect.read(request, route.request, places))
    except KmsError as refusal:
        trace_refusal(caller, (route or next(iter(routes.values()))).trace, refusal)
        raise


def _refusal(request: Request, error: Exception) -> Response:
    """What is answered instead, whatever went wrong."""
    if isinstance(error, ValidationError):
        return refuse(request, error if isinstance(error, KmsError) else KmsError(text=error.messages[0]))
    if sql.is_unusable(error):
        return refuse(request, not_saved(error))
    logger.error("A call failed.", exc_info=error)
    return refuse(request, Failed())


def _caller(request: Request, dialect: Dialect, places: dict[str, str]) -> Caller:
    """Who asks. Raises SignatureRejected, TokenRejected, TooManyFailures and their like."""
    try:
        principal = dialect.holder(request, places)
    except KmsError as refusal:
        raise turn_away(request, refusal) from None
    return principal.caller(source_ip=request.source_ip, request_id=request.request_id)
