"""The tab *Traces* of a key."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from console.requests import ConsoleRequest
from console.views.traces import trace_context
from keys import operations
from keys.errors import NotPermitted
from keys.views.key_page import key_page


@require_safe
def key_traces(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """What was done with this key; whoever may not read traces is told who may."""
    key = operations.get_key(request.caller, key_id)
    address = reverse("keys:traces", args=[request.place.pk, key.pk])
    context: dict[str, Any] = {"of_key": True, "refusal": ""}
    try:
        context |= trace_context(request.caller, request.GET, address, resource=str(key.pk))
    except NotPermitted as error:
        context["refusal"] = error.messages[0]
    return key_page(request, key, "traces", "keys/traces.html", context)
