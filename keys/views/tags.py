"""A key's tags, on its overview and in a tab of their own: added, changed, deleted, and each of that undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from console.requests import ConsoleRequest
from console.views.pages import undo
from keys import operations
from keys.calls import Call
from keys.forms import TagForm
from keys.models import Key
from keys.operations.possible import refusal_of
from keys.operations.tags import TagPair, tags_of
from keys.validators import TAGS_PER_KEY
from keys.views.key_page import key_page

OVERVIEW = "details"
"""The value of the field `at` of forms that stand there; they lead back to it."""


@require_http_methods(["GET", "POST"])
def tags(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The tab; posted, a tag is added, or a tag key that the key has gets another value."""
    key = operations.get_key(request.caller, key_id)
    form = TagForm(TagForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        pair = TagPair(form.cleaned_data["tag_key"], form.cleaned_data["tag_value"])
        before = _value_of(key, pair.key)
        form.attempt(operations.add_tags, request.caller, key.pk, [pair])
        if not form.errors:
            was_changed = before is not None and before != pair.value
            offer = _undo(request, key, tag_key=pair.key, tag_value=str(before)) if was_changed else ""
            messages.success(request, _("Tag “%(key)s” saved.") % {"key": pair.key}, extra_tags=offer)
            return _back(request, key)
    context = tag_context(request, key, form)
    return key_page(request, key, "tags", "keys/tags.html", context, refused=bool(form.errors))


@require_POST
def delete_tag(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Take a tag off the key."""
    key, tag_key = operations.get_key(request.caller, key_id), request.POST.get("tag_key", "")
    before = _value_of(key, tag_key)
    operations.delete_tag(request.caller, key_id, tag_key)
    offer = _undo(request, key, tag_key=tag_key, tag_value=before) if before is not None else ""
    messages.success(request, _("Tag “%(key)s” deleted.") % {"key": tag_key}, extra_tags=offer)
    return _back(request, key)


def tag_context(request: ConsoleRequest, key: Key, form: TagForm | None = None) -> dict[str, Any]:
    """What the list of tags shows, with the form that adds one."""
    found = tuple(tags_of([key])[key.pk])
    refusal = refusal_of(request.caller, Call.CREATE_TAG, key)
    return {
        "tags": found,
        "tags_left": TAGS_PER_KEY - len(found),
        "tags_allowed": TAGS_PER_KEY,
        "may_tag": refusal is None,
        "tag_refusal": refusal.messages[0] if refusal else "",
        "tag_form": form or TagForm(),
        "tag_keys": tuple(operations.suggest_tags(request.caller)) if refusal is None else (),
    }


def _value_of(key: Key, tag_key: str) -> str | None:
    return next((tag.value for tag in tags_of([key])[key.pk] if tag.key == tag_key), None)


def _undo(request: ConsoleRequest, key: Key, **fields: str) -> str:
    at = OVERVIEW if request.POST.get("at") == OVERVIEW else ""
    return undo(reverse("keys:tags", args=[request.place.pk, key.pk]), at=at, **fields)


def _back(request: ConsoleRequest, key: Key) -> HttpResponse:
    page = OVERVIEW if request.POST.get("at") == OVERVIEW else "tags"
    return HttpResponseRedirect(reverse(f"keys:{page}", args=[request.place.pk, key.pk]))
