"""From a WSGI request to an operation and back: who asks, which call, what it takes, one operation, the answer."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import translation

from console.access import scribe
from console.access.caller import Caller
from console.access.principals import Principal
from console.access.request import Environ, Request
from console.access.signature import is_signed, signer_of
from console.access.strangers import note_refusal
from console.access.tokens import bearer_of
from console.access.trail import UNREACHABLE, trace_refusal
from console.api.errors import GATEWAY, MethodUnknown, ProjectForeign, RouteUnknown
from console.api.reading import JSON, read, read_body
from console.api.routes import Answer, Route, find
from keys.errors import Failed, KmsError, NotSaved

logger = logging.getLogger(__name__)

REASONS = {200: "OK", 201: "Created", 204: "No Content"}
PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_ours = re.compile(r"/v[0-9]")
_json = msgspec.json.Encoder()
_private = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]

Start = Callable[[str, list[tuple[str, str]]], Any]


def is_for_the_api(environ: Environ) -> bool:
    """Whether a program asks: all below `/v1.0` and its like, and `/` itself unless a browser wants a page."""
    path: str = environ["PATH_INFO"]
    return _ours.match(path) is not None or (path == "/" and "text/html" not in environ.get("HTTP_ACCEPT", ""))


def application(environ: Environ, start: Start) -> Iterable[bytes]:
    """Answer one call of the API. Every refusal has the contract's form (section 3); none is a page or a traceback."""
    request = Request(environ)
    headers: Iterable[tuple[str, str]] = ()
    try:
        database = connections[DEFAULT_DB_ALIAS]
        if not database.in_atomic_block:
            database.close_if_unusable_or_obsolete()
        request.body = read_body(environ)
        scribe.expect()
        status, content, headers = _answer(request)
    except ValidationError as error:
        status, content = _refused(request, error if isinstance(error, KmsError) else KmsError(text=error.messages[0]))
    except UNREACHABLE:
        status, content = _refused(request, NotSaved())
    except Exception:
        logger.exception("A call failed.", extra={"request_id": request.request_id})
        status, content = _refused(request, Failed())
    scribe.expect_no_more()
    body = b"" if status == 204 else _json.encode(content)
    sent = [("Content-Type", JSON), ("Content-Length", str(len(body))), ("X-Request-Id", request.request_id)]
    if settings.TLS:
        sent.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    start(f"{status} {REASONS.get(status, 'Refused')}", [*(sent if body else sent[1:]), *_private, *headers])
    return [body]


def _answer(request: Request) -> tuple[int, Any, Iterable[tuple[str, str]]]:
    """Status, content and headers of a call that succeeds."""
    routes, places = find(request.path)
    if not routes:
        raise RouteUnknown()
    route = routes.get(request.method)
    if route is None and request.method == "HEAD":
        route = routes.get("GET")
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


def _refused(request: Request, error: KmsError) -> tuple[int, dict[str, Any]]:
    with translation.override("en"):  # programs read these sentences, as the cloud's in English
        content: dict[str, Any] = {"error_code": str(error.code), "error_msg": error.messages[0]}
    if isinstance(error, GATEWAY):
        return error.status, {**content, "request_id": request.request_id}
    return error.status, {"error": content}
