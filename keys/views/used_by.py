"""The tab *Used by* of a key: what it protects, as far as its traces tell."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from console.requests import ConsoleRequest
from keys import operations
from keys.errors import NotPermitted
from keys.operations.uses import LOOKED_AT, uses_of
from keys.sentences import THINGS
from keys.views.key_page import key_page
from keys.views.services import ADVICE


@require_safe
def used_by(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Objects, volumes, images, databases, clusters and secrets that used the key; whoever may not read traces is told
    who may."""
    key = operations.get_key(request.caller, key_id)
    context: dict[str, Any] = {"refusal": "", "looked_at": LOOKED_AT}
    try:
        found = uses_of(request.caller, key)
        context["lines"] = [(one, THINGS[one.kind], ADVICE.get(one.error_code, "")) for one in found]
    except NotPermitted as error:
        context["refusal"] = error.messages[0]
    return key_page(request, key, "used-by", "keys/used_by.html", context)
