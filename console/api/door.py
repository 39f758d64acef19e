"""From a request to an operation and back: who asks, which call, what it takes, one operation, the answer."""

import logging
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from console.access.caller import Caller
from console.access.principals import Principal
from console.access.request import Request
from console.access.signature import is_signed, signer_of
from console.access.strangers import note_refusal
from console.access.tokens import bearer_of
from console.access.trail import UNREACHABLE, trace_refusal
from console.api.errors import GATEWAY, MethodUnknown, ProjectForeign, RouteUnknown
from console.api.reading import JSON, read
from console.api.routes import Answer, Pace, Route, Routes, find
from keys.errors import Failed, KmsError, NotSaved

logger = logging.getLogger(__name__)

PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_ours = re.compile(r"/v[0-9]")
_json = msgspec.json.Encoder()
_private = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


class Asked(NamedTuple):
    """What a request asks for: the route, None where there is none for its method; the routes at its path by method,
    and what stands in the places of the path."""

    route: Route | None
    routes: Routes
    places: dict[str, str]

    def pace(self, body: bytes) -> Pace:
        """How long the answer may take."""
        return Pace.PATIENT if self.route is None else self.route.pace(body)


class Response(NamedTuple):
    """What goes out."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def is_for_the_api(path: str, accept: str) -> bool:
    """Whether a program asks: all below `/v1.0` and its like, and `/` itself unless a browser wants a page."""
    return _ours.match(path) is not None or (path == "/" and "text/html" not in accept)


def asked_by(request: Request) -> Asked:
    """What this request asks for."""
    routes, places = find(request.path)
    route = routes.get(request.method)
    if route is None and request.method == "HEAD":
        route = routes.get("GET")
    return Asked(route, routes, places)


def answer(request: Request, asked: Asked) -> Response:
    """Answer one call of the API. Every refusal has the contract's form (section 3); none is a page or a traceback."""
    headers: Iterable[tuple[str, str]] = ()
    try:
        status, content, headers = _answer(request, asked)
    except ValidationError as error:
        return refuse(request, error if isinstance(error, KmsError) else KmsError(text=error.messages[0]))
    except UNREACHABLE:
        return refuse(request, NotSaved())
    except Exception:
        logger.exception("A call failed.", extra={"request_id": request.request_id})
        return refuse(request, Failed())
    return _response(request, status, content, headers)


def refuse(request: Request, error: KmsError) -> Response:
    """The answer that tells of an error."""
    with translation.override("en"):  # programs read these sentences, as the cloud's in English
        content: dict[str, Any] = {"error_code": str(error.code), "error_msg": error.messages[0]}
    if isinstance(error, GATEWAY):
        return _response(request, error.status, {**content, "request_id": request.request_id})
    return _response(request, error.status, {"error": content})


def _response(request: Request, status: int, content: Any, headers: Iterable[tuple[str, str]] = ()) -> Response:
    sent = [("Content-Type", JSON)] if status != 204 else []
    sent += (("X-Request-Id", request.request_id), *_private, *headers)
    if settings.TLS:
        sent.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    return Response(status, sent, b"" if status == 204 else _json.encode(content))


def _answer(request: Request, asked: Asked) -> tuple[int, Any, Iterable[tuple[str, str]]]:
    """Status, content and headers of a call that succeeds."""
    route, routes, places = asked
    if not routes:
        raise RouteUnknown()
    if route is not None and route.is_open:
        return _sent(route, route.operation(request, read(request, route.request, places)))
    caller = _caller(request, places)
    try:
        if route is None:
            raise MethodUnknown(methods=", ".join(routes))
        if route.is_in_project and caller.project is None:
            raise ProjectForeign()
        taken = read(request, route.request, places)
    except KmsError as refusal:
        trace_refusal(caller, (route or next(iter(routes.values()))).trace, refusal)
        raise
    return _sent(route, route.operation(caller, taken))


def _sent(route: Route, result: Any) -> tuple[int, Any, Iterable[tuple[str, str]]]:
    answer = route.answer(result)
    return (route.status, *answer) if isinstance(answer, Answer) else (route.status, answer, ())


def _caller(request: Request, places: dict[str, str]) -> Caller:
    """Who asks, by signature or by token. Raises SignatureRejected, TokenRejected."""
    project_id = places.get("project_id", "")
    if not PROJECT_ID.fullmatch(project_id):
        project_id = ""
    try:
        principal: Principal = (signer_of if is_signed(request) else bearer_of)(request, project_id)
    except KmsError as refusal:
        note_refusal(request, refusal)
        raise
    return principal.caller(source_ip=request.source_ip, request_id=request.request_id)
