"""The tab *Online tool*: the key at work on a few bytes. Nothing typed or made is kept: not in address, history,
storage, session or trace."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from console.requests import ConsoleRequest
from keys import operations
from keys.calls import Call
from keys.crypto.sealing import Purpose
from keys.models import Key, fits
from keys.operations.possible import refusal_of
from keys.operations.recognizing import recognize
from keys.views.key_page import key_page
from keys.views.tool.acts import ACTS, Act, Result
from keys.views.tool.forms import CiphertextForm, ToolForm

IDENTIFY = "identify"
TEMPLATE = "keys/tool.html"
PURPOSES = {
    Purpose.DATA: gettext_lazy("Data"),
    Purpose.DATA_KEY: gettext_lazy("A data key"),
    Purpose.PRIVATE_KEY: gettext_lazy("The private half of a key pair"),
}


@require_safe
def tool(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Lead to the first act that the key is for."""
    key = operations.get_key(request.caller, key_id)
    first = next(iter(_acts_of(key)), None)
    return HttpResponseRedirect(_address(request, key, first.name if first else IDENTIFY))


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def act(request: ConsoleRequest, key_id: str, act: str) -> HttpResponse:
    """One act: its form, and posted its result beside it."""
    key = operations.get_key(request.caller, key_id)
    if act == IDENTIFY:
        return _identify(request, key)
    chosen = next((one for one in _acts_of(key) if one.name == act), None)
    if chosen is None:
        raise Http404
    form = chosen.form(key, request.POST if request.method == "POST" else None)
    result: Result | None = None
    if request.method == "POST" and form.is_valid():
        # As from the API: its use is counted and traced.
        result = form.attempt(chosen.run, replace(request.caller, by_api=True), key, form.cleaned_data)
    refusal = refusal_of(request.caller, chosen.call, key)
    context = {"result": result, "refusal": None if form.errors else refusal}
    return _page(request, key, act, form, context)


def _identify(request: ConsoleRequest, key: Key) -> HttpResponse:
    """What a ciphertext says of itself, without opening it."""
    form = CiphertextForm(key, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        found = recognize(request.caller, form.cleaned_data["cipher_text"])
        context = {"was_asked": True, "found": found, "purpose": PURPOSES[found.purpose] if found else ""}
    return _page(request, key, IDENTIFY, form, context)


def _page(request: ConsoleRequest, key: Key, name: str, form: ToolForm, context: dict[str, Any]) -> HttpResponse:
    keys = operations.list_keys(request.caller).keys if name == "re-encrypt" else []
    shown = {
        "acts": [
            *((one.title, _address(request, key, one.name), one.name == name) for one in _acts_of(key)),
            (_("What is this ciphertext?"), _address(request, key, IDENTIFY), name == IDENTIFY),
        ],
        "act": name,
        "form": form,
        "act_address": _address(request, key, name),
        "keys": [one for one in keys if one.pk != key.pk and fits(one, Call.RE_ENCRYPT)],
    }
    refused = request.method == "POST" and bool(form.errors)
    return key_page(request, key, "tool", TEMPLATE, shown | context, refused=refused)


def _acts_of(key: Key) -> list[Act]:
    """The acts that ever work with this key."""
    return [one for one in ACTS.values() if fits(key, one.call)]


def _address(request: ConsoleRequest, key: Key, name: str) -> str:
    return reverse("keys:tool-act", args=[request.place.pk, key.pk, name])
