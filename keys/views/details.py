"""A key's page: its properties, alias and description edited in place, tags added and deleted."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.charts import bars
from console.requests import ConsoleRequest
from keys import operations
from keys.calls import Call
from keys.forms import OneFieldForm, TagForm
from keys.models import Key, KeyState
from keys.operations.evidence import evidence_of
from keys.operations.possible import refusal_of
from keys.operations.tags import TagPair
from keys.validators import TAGS_PER_KEY
from keys.views.examples import examples_of
from keys.views.key_page import key_page

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
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        if form.attempt(EDITABLE[field], request.caller, key.pk, text):
            messages.success(request, _("Alias changed.") if field == "alias" else _("Description changed."))
            return HttpResponseRedirect(reverse("keys:details", args=[request.place.pk, key.pk]))
    return _page(request, key, editing=field, form=form, refused=bool(form.errors))


@require_http_methods(["GET", "POST"])
def add_tag(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Add a tag, or give a tag key that the key has another value."""
    key = operations.get_key(request.caller, key_id)
    form = TagForm(TagForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        pair = TagPair(form.cleaned_data["tag_key"], form.cleaned_data["tag_value"])
        form.attempt(operations.add_tags, request.caller, key.pk, [pair])
        if not form.errors:
            messages.success(request, _("Tag “%(key)s” saved.") % {"key": pair.key})
            return HttpResponseRedirect(reverse("keys:details", args=[request.place.pk, key.pk]))
    return _page(request, key, tag_form=form, refused=bool(form.errors))


@require_POST
def delete_tag(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Take a tag off the key."""
    tag_key = request.POST.get("tag_key", "")
    operations.delete_tag(request.caller, key_id, tag_key)
    messages.success(request, _("Tag “%(key)s” deleted.") % {"key": tag_key})
    return HttpResponseRedirect(reverse("keys:details", args=[request.place.pk, key_id]))


def _page(
    request: ConsoleRequest,
    key: Key,
    *,
    editing: str = "",
    form: OneFieldForm | None = None,
    tag_form: TagForm | None = None,
    refused: bool = False,
) -> HttpResponse:
    tags = [one.tag for one in key.tagged.all()]
    may_tag = refusal_of(request.caller, Call.CREATE_TAG, key) is None
    used = evidence_of(request.caller, key)
    context: dict[str, Any] = {
        "evidence": used,
        "chart": bars([day.calls for day in used.days], width=270, height=60),
        "uses": examples_of(key, request),
        "version": key.versions.order_by("-number").values("number", "root_key_version").first()
        if key.state != KeyState.PENDING_IMPORT
        else None,
        "tags": tags,
        "tags_left": TAGS_PER_KEY - len(tags),
        "tags_allowed": TAGS_PER_KEY,
        "may_tag": may_tag,
        "editing": editing,
        "form": form,
        "tag_form": tag_form or TagForm(),
        "tag_keys": operations.suggest_tags(request.caller) if may_tag else [],
    }
    return key_page(request, key, "details", "keys/details.html", context, refused=refused)
