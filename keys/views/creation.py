"""The dialog *Create Key*: the form, the check of one field, the usages of an algorithm, suggested tag values."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.requests import ConsoleRequest
from console.views.pages import done, is_open_at, page
from console.views.parts import part_of_a_page
from keys import operations
from keys.forms import TAG_FIELD, CreateKeyForm
from keys.models import Key
from keys.operations.creation import ACTION
from keys.specs import KeyOrigin, grouped
from keys.views.listing import list_context


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    """The dialog, a page of its own without htmx; on OK the new key in the list."""
    request.caller.require(ACTION)
    form = CreateKeyForm.of(request, request.caller)
    if {"add_tag", "delete_tag", "show_usages"} & request.POST.keys():
        form.tag_change()
        return page(request, "keys/create.html", "form", _context(request, form, is_asked=False))
    if request.method == "POST" and form.is_valid() and (key := form.create()):
        address = f"{reverse('keys:list', args=[request.place.pk])}?new={key.pk}"
        query = QueryDict(urlsplit(request.htmx.current_url or "").query)
        return done(
            request,
            address,
            _("Key “%(alias)s” created successfully.") % {"alias": key.alias},
            _next_step(request, key),
            "keys/created.html",
            list_context(request, query, new_id=str(key.pk)) if is_open_at(request, address) else {},
        )
    part = "form" if request.method == "POST" else "dialog"
    return page(
        request, "keys/create.html", part, _context(request, form), refused=form.is_bound and request.method == "POST"
    )


@part_of_a_page
@require_POST
def check_field(request: ConsoleRequest) -> HttpResponse:
    """The note under the field that was left: its error, or its hint."""
    form = CreateKeyForm(request.caller, request.POST)
    form.full_clean()
    name = request.htmx.trigger_name or ""
    if name == "alias":
        form.check_alias_free()
    if match := TAG_FIELD.fullmatch(name):
        row = next((row for row in form.tag_rows if row.number == int(match[1])), None)
        errors, element, wrong = (row.errors, row.note, row.wrong) if row else ([], f"tag-{match[1]}-note", "")
    else:
        name = name if name in form.fields else "alias"
        errors, element, wrong = [str(one) for one in form.errors.get(name, [])], f"{name}-note", ""
    note = {"id": element, "error": errors[0] if errors else "", "wrong": wrong, "field": name}
    return render(request, "keys/note.html", note)


@part_of_a_page
@require_GET
def usages(request: ConsoleRequest) -> HttpResponse:
    """The help and the usages of the algorithm that was chosen, its default usage picked."""
    form = CreateKeyForm(request.caller, request.GET)
    return render(request, "keys/create.html#usage", {"form": form, "swap": True})


@part_of_a_page
@require_GET
def tag_values(request: ConsoleRequest) -> HttpResponse:
    """The values that the account uses with a tag key, as options."""
    key = next((str(value) for name, value in request.GET.items() if TAG_FIELD.fullmatch(name)), "")
    return render(
        request, "keys/options.html", {"options": operations.suggest_tags(request.caller, key=key) if key else []}
    )


def _next_step(request: ConsoleRequest, key: Key) -> tuple[str, str]:
    """Where the message leads: to the key, or to the import that it waits for."""
    if key.origin == KeyOrigin.EXTERNAL:
        return _("Import key material"), reverse("keys:import", args=[request.place.pk, key.pk])
    return _("View key"), reverse("keys:details", args=[request.place.pk, key.pk])


def _context(request: ConsoleRequest, form: CreateKeyForm, *, is_asked: bool = True) -> dict[str, Any]:
    shows_errors = form.is_bound and is_asked
    errors = {name: found[0] for name, found in form.errors.items()} if shows_errors else {}
    return {
        "form": form,
        "groups": grouped(),
        "account": request.user.account,
        "shows_errors": shows_errors,
        "errors": errors,
        "refusal": errors.get(NON_FIELD_ERRORS, ""),
        "tag_keys": operations.suggest_tags(request.caller),
        "list_address": reverse("keys:list", args=[request.place.pk]),
    }
