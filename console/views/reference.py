"""The API's reference, made of its description, with examples for the project that the reader is in."""

from functools import cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from console.api.examples import curl, fields_of, python
from console.api.openapi import Schema, answer_of, describe, group_of, operation_id
from console.api.routes import Route, registered
from console.requests import ConsoleRequest
from console.views.pages import page

Call = dict[str, Any]
FORMAT = "OpenAPI 3.1"
PROJECT_WORD = "PROJECT_ID"
ORDER = [
    gettext_noop("Key Management"),
    gettext_noop("Identity"),
    gettext_noop("Enterprise projects"),
    gettext_noop("Traces"),
    gettext_noop("Versions"),
    gettext_noop("Not offered"),
]


@require_safe
def reference(request: ConsoleRequest) -> HttpResponse:
    """Every call by group, each with an address of its own."""
    groups = [(translation.gettext(name), [_of(call, request.place.pk) for call in calls]) for name, calls in _groups()]
    asked = {"groups": groups, "endpoint": settings.PUBLIC_URL, "format": FORMAT}
    return page(request, "console/reference.html", "", asked)


def examples_of_call(path_end: str, project_id: str) -> list[tuple[str, str]]:
    """(language, text) of the call whose path ends so, for this project."""
    calls = (call for _group, found in _groups() for call in found)
    call = next(one for one in calls if one["path"].endswith(path_end))
    examples: list[tuple[str, str]] = _of(call, project_id)["examples"]
    return examples


def _of(call: Call, project_id: str) -> Call:
    return {**call, "examples": [(name, text.replace(PROJECT_WORD, project_id)) for name, text in call["examples"]]}


@cache
def _groups() -> list[tuple[str, list[Call]]]:
    """What is the same for every reader; its examples have a word for the project."""
    endpoint = settings.PUBLIC_URL
    description = describe(endpoint)
    calls = [_shown(route, endpoint, description) for route in registered()]
    calls.sort(key=lambda call: ORDER.index(call["group"]))
    return [(name, list(found)) for name, found in groupby(calls, key=lambda call: call["group"])]


def _shown(route: Route, endpoint: str, description: Schema) -> Call:
    schemas = description["components"]["schemas"]
    described = description["paths"][route.path][route.method.lower()]
    fields = fields_of(route, described, schemas)
    asked = (route, endpoint, PROJECT_WORD, fields)
    examples = [("Python", python(*asked)), ("curl", curl(*asked))] if route.is_offered else []
    answer = schemas.get(getattr(answer_of(route), "__name__", ""), {})
    return {
        "id": operation_id(route),
        "group": group_of(route),
        "title": route.summary,
        "method": route.method,
        "path": route.path,
        "action": route.action,
        "fields": fields,
        "status": route.status,
        "is_offered": route.is_offered,
        "answer": list(answer.get("properties", {})) if route.status != 204 else [],
        "errors": [code for code in described["responses"] if code >= "400"],
        "examples": [(name, text) for name, text in examples if text],
    }
