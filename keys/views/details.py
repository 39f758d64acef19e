"""A key's overview: its properties, alias and description edited in place, its use, its tags."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.charts import bars
from console.requests import ConsoleRequest
from console.views.actions import Action
from console.views.pages import undo
from keys import operations
from keys.calls import Call
from keys.forms import OneFieldForm
from keys.models import Key, KeyState
from keys.operations.evidence import evidence_of
from keys.operations.possible import refusal_of
from keys.operations.rotating import newest_version
from keys.views.examples import examples_of
from keys.views.key_page import key_page
from keys.views.tags import tag_context

UPDATE = Call.UPDATE_KEY_ALIAS.action
EDITABLE = {"alias": operations.update_alias, "description": operations.update_description}


@require_safe
def details(request: ConsoleRequest, key_id: str) -> HttpResponse:
    return _page(request, operations.get_key(request.caller, key_id))


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, key_id: str, field: str) -> HttpResponse:
    """Edit the alias or the description in place."""
    key = operations.get_key(request.caller, key_id)
    request.caller.require(UPDATE, within=key.enterprise_project_id, on=key.pk)
    form = OneFieldForm(OneFieldForm.data_of(request), initial={"text": getattr(key, field)})
    if request.method == "POST" and form.is_valid():
        text, before = form.cleaned_data["text"].replace("\r\n", "\n"), getattr(key, field)
        if form.attempt(EDITABLE[field], request.caller, key.pk, text):
            offer = undo(reverse(f"keys:edit-{field}", args=[request.place.pk, key.pk]), text=before)
            said = _("Alias changed.") if field == "alias" else _("Description changed.")
            messages.success(request, said, extra_tags=offer if text != before else "")
            return HttpResponseRedirect(reverse("keys:details", args=[request.place.pk, key.pk]))
    return _page(request, key, editing=field, form=form, refused=bool(form.errors))


def _page(
    request: ConsoleRequest,
    key: Key,
    *,
    editing: str = "",
    form: OneFieldForm | None = None,
    refused: bool = False,
) -> HttpResponse:
    used, protection = evidence_of(request.caller, key), operations.protection_of(key)
    context: dict[str, Any] = {
        "evidence": used,
        "chart": bars([day.calls for day in used.days], width=270, height=60),
        "uses": examples_of(key, request),
        "protection": protection,
        "protect": Action.unless(
            refusal_of(request.caller, Call.PROTECT_KEY, key),
            "protect",
            _("Change reason") if protection else _("Protect"),
            reverse("keys:protect", args=[request.place.pk, key.pk]),
            about=_("Deletion protection"),
        ),
        "unprotect": Action.unless(
            refusal_of(request.caller, Call.UNPROTECT_KEY, key),
            "unprotect",
            _("Lift"),
            reverse("keys:unprotect", args=[request.place.pk, key.pk]),
            about=_("Deletion protection"),
        ),
        "version": newest_version(key) if key.state != KeyState.PENDING_IMPORT else None,
        "editing": editing,
        "form": form,
    } | tag_context(request, key)
    return key_page(request, key, "details", "keys/details.html", context, refused=refused)
