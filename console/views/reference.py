"""The API's reference, made of its description, with examples for the project that the reader is in."""

from itertools import groupby

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from console.api.examples import curl, fields_of, python
from console.api.openapi import answer_of, describe, group_of, operation_id
from console.api.routes import registered
from console.requests import ConsoleRequest
from console.views.pages import page

FORMAT = "OpenAPI 3.1"


@require_safe
def reference(request: ConsoleRequest) -> HttpResponse:
    """Every call by group, each with an address of its own."""
    endpoint, project_id = settings.PUBLIC_URL, request.place.pk
    description = describe(endpoint)
    schemas = description["components"]["schemas"]
    calls = []
    for route in registered():
        described = description["paths"][route.path][route.method.lower()]
        fields = fields_of(route, described, schemas)
        asked = (route, endpoint, project_id, fields)
        examples = [("Python", python(*asked)), ("curl", curl(*asked))]
        answer = schemas.get(getattr(answer_of(route), "__name__", ""), {})
        calls.append(
            {
                "id": operation_id(route),
                "group": group_of(route),
                "title": route.summary,
                "method": route.method,
                "path": route.path,
                "action": route.action,
                "fields": fields,
                "status": route.status,
                "answer": list(answer.get("properties", {})) if route.status != 204 else [],
                "errors": [code for code in described["responses"] if code >= "400"],
                "examples": [(name, text) for name, text in examples if text],
            }
        )
    calls.sort(key=lambda call: call["group"] != "Key Management")
    groups = [(name, list(found)) for name, found in groupby(calls, key=lambda call: call["group"])]
    return page(request, "console/reference.html", "", {"groups": groups, "endpoint": endpoint, "format": FORMAT})
