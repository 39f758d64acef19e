"""The key list."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from console.models import EnterpriseProject
from console.requests import ConsoleRequest
from console.views.pages import page
from keys import operations
from keys.calls import Call
from keys.models import KeyState
from keys.operations.creation import ACTION as CREATE
from keys.operations.reading import PAGE_SIZES, KeyFilter
from keys.specs import SPECS, KeyOrigin, KeyUsage
from keys.views.rows import key_rows

DEFAULT_SIZE = 20
FILTERS = ("state", "spec", "usage", "origin", "enterprise_project", "tag", "words")


@require_safe
def listing(request: ConsoleRequest) -> HttpResponse:
    """The project's custom keys, newest first; paging and page size stand in the address."""
    name, _equals, value = request.GET.get("by", "").partition("=")
    if name in FILTERS:
        asked = request.GET.copy()
        for one in ("by", "after", "before"):
            asked.pop(one, None)
        asked[name] = value
        return HttpResponseRedirect(f"{request.path}?{asked.urlencode()}")
    part = "keys" if request.htmx.target == "key-list" else ""
    return page(request, "keys/list.html", part, list_context(request, request.GET))


@require_safe
def default_keys(request: ConsoleRequest) -> HttpResponse:
    """The project's default keys: services make them on first use, and nobody changes them."""
    part = "keys" if request.htmx.target == "key-list" else ""
    return page(request, "keys/list.html", part, list_context(request, request.GET, is_default=True))


def _filters(request: ConsoleRequest) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the list can be narrowed by: (name in the address, title, values with their titles)."""
    tags = operations.suggest_tags(request.caller) if request.caller.may(Call.LIST_TAGS.action) else []
    found = EnterpriseProject.objects.filter(account=request.user.account) if request.user.account.is_enterprise else []
    filters = [
        ("state", _("Status"), [(str(value), str(title)) for value, title in KeyState.choices]),
        ("spec", _("Key Algorithm"), [(one, one) for one in SPECS]),
        ("usage", _("Usage"), [(value, str(title)) for value, title in KeyUsage.choices]),
        ("origin", _("Origin"), [(value, str(title)) for value, title in KeyOrigin.choices]),
        ("enterprise_project", _("Enterprise Project"), [(one.eps_id, one.name) for one in found]),
        ("tag", _("Tag"), [(one, one) for one in tags]),
    ]
    return [one for one in filters if one[2]]


def _chips(
    asked: dict[str, str], filters: list[tuple[str, str, list[tuple[str, str]]]], address: str, size: int
) -> list[dict[str, str]]:
    """Each filter that holds, in words, with the address of the list without it."""
    chips = []
    for name, title, values in filters:
        if asked[name]:
            without = QueryDict(mutable=True)
            without.update({"rows": str(size), **{key: one for key, one in asked.items() if one and key != name}})
            value = dict(values).get(asked[name], asked[name])
            chips.append({"title": title, "value": value, "without": f"{address}?{without.urlencode()}"})
    return chips


def list_context(
    request: ConsoleRequest, query: QueryDict, *, new_id: str = "", is_default: bool = False
) -> dict[str, Any]:
    """What the list shows for the query of its address; with `new_id` its first page, that key marked."""
    rows = query.get("rows", "")
    size = int(rows) if rows.isdecimal() and int(rows) in PAGE_SIZES else DEFAULT_SIZE
    position: dict[str, str] = {} if new_id else {"after": query.get("after", ""), "before": query.get("before", "")}
    asked = {name: query.get(name, "").replace("\0", "").strip()[:384] for name in FILTERS}
    wanted = KeyFilter(**asked, is_default=is_default)
    found = operations.list_keys(request.caller, wanted=wanted, size=size, **position)
    address = reverse("keys:default-keys" if is_default else "keys:list", args=[request.place.pk])
    filters = _filters(request) if not is_default else []
    kept = QueryDict(mutable=True)
    kept.update({"rows": str(size), **{name: value for name, value in asked.items() if value}})
    here = f"{address}?{kept.urlencode()}"
    return {
        "rows": key_rows(found.keys, request.place, new_id=new_id or query.get("new", "")),
        "size": size,
        "sizes": PAGE_SIZES,
        "list_address": address,
        "before": f"{here}&before={quote(found.before)}" if found.before else "",
        "after": f"{here}&after={quote(found.after)}" if found.after else "",
        "may_create": request.caller.may(CREATE),
        "account": request.user.account,
        "quota_low": request.user.account.key_quota * 8 // 10,
        "quota_high": request.user.account.key_quota * 95 // 100,
        "left_key": query.get("left") == "key",
        "asked": asked,
        "is_filtered": any(asked.values()),
        "is_default": is_default,
        "tabs": [
            (_("Custom keys"), reverse("keys:list", args=[request.place.pk]), not is_default),
            (_("Default keys"), reverse("keys:default-keys", args=[request.place.pk]), is_default),
        ],
        "filters": filters,
        "chips": _chips(asked, filters, address, size),
    }
