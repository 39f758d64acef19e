"""The key list."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from console.requests import ConsoleRequest
from console.views.pages import page
from keys import operations
from keys.models import KeyState
from keys.operations.creation import ACTION as CREATE
from keys.operations.evidence import last_uses
from keys.operations.ordering import NEWEST, Order, order_named
from keys.operations.reading import PAGE_SIZES, KeyFilter
from keys.operations.tags import tags_of
from keys.views import filters
from keys.views.batch import acts_offered
from keys.views.columns import columns_of
from keys.views.lines import lines_of

DEFAULT_SIZE = 20
ORDER_TITLES = {
    "-created": gettext_lazy("Newest first"),
    "created": gettext_lazy("Oldest first"),
    "alias": gettext_lazy("By alias, A to Z"),
    "-alias": gettext_lazy("By alias, Z to A"),
}


@require_safe
def listing(request: ConsoleRequest) -> HttpResponse:
    """The project's custom keys; filter, order, paging and page size stand in the address."""
    if added := filters.with_added(request.GET):
        return HttpResponseRedirect(f"{request.path}?{added.urlencode()}")
    part = "keys" if request.htmx.target == "key-list" else ""
    return page(request, "keys/list.html", part, list_context(request, request.GET))


@require_safe
def default_keys(request: ConsoleRequest) -> HttpResponse:
    """The project's default keys: services make them on first use, and nobody changes them."""
    part = "keys" if request.htmx.target == "key-list" else ""
    return page(request, "keys/list.html", part, list_context(request, request.GET, is_default=True))


def list_context(
    request: ConsoleRequest, query: QueryDict, *, new_id: str = "", is_default: bool = False
) -> dict[str, Any]:
    """What the list shows for the query of its address; with `new_id` its first page, that key marked."""
    rows = query.get("rows", "")
    size = next((one for one in PAGE_SIZES if str(one) == rows), DEFAULT_SIZE)
    position: dict[str, str] = {} if new_id else {"after": query.get("after", ""), "before": query.get("before", "")}
    asked = filters.asked_in(query)
    wanted = KeyFilter(**asked, is_default=is_default)
    order = order_named(query.get("sort", ""))
    found = operations.list_keys(request.caller, wanted=wanted, order=order, size=size, **position)
    waiting = [key for key in found.keys if key.state == KeyState.PENDING_IMPORT]
    custom, default = (reverse(f"keys:{one}", args=[request.place.pk]) for one in ("list", "default-keys"))
    address = default if is_default else custom
    offered = () if is_default else filters.properties(request)
    kept = {"rows": str(size)} | ({} if order is NEWEST else {"sort": order.name})
    here = f"{address}?{filters.query_of(asked, **kept)}"
    account = request.user.account
    shown, export_address = columns_of(request), reverse("keys:export", args=[request.place.pk])
    return {
        "rows": lines_of(
            found.keys,
            custom,
            shown,
            new_id=new_id or query.get("new", ""),
            tags=tags_of(found.keys),
            used=last_uses(found.keys) if "used" in shown else {},
            protected=operations.protected_among(found.keys) if found.keys and not is_default else frozenset(),
            imports=operations.imports_under_way(waiting) if waiting else {},
        ),
        "columns": shown,
        "has_rows": bool(found.keys),
        "acts": acts_offered(get_language(), account.is_enterprise),
        "order": order,
        "order_title": str(ORDER_TITLES[order.name]),
        "sorts": tuple(
            f"{address}?{filters.query_of(asked, rows=str(size), sort=_turned(one, order))}"
            for one in ("alias", "created")
        ),
        "hides_new": bool(new_id) and new_id not in {str(key.pk) for key in found.keys},
        "sort": kept.get("sort", ""),
        "size": size,
        "sizes": PAGE_SIZES,
        "list_address": address,
        "before": f"{here}&before={quote(found.before)}" if found.before else "",
        "after": f"{here}&after={quote(found.after)}" if found.after else "",
        "may_create": request.caller.may(CREATE),
        "account": account,
        "quota_low": account.key_quota * 8 // 10,
        "quota_high": account.key_quota * 95 // 100,
        "left_key": query.get("left") == "key",
        "asked": tuple((name, value) for name, value in asked.items() if value),
        "words": asked["words"],
        "is_default": is_default,
        "tabs": [
            (_("Custom keys"), custom, not is_default),
            (_("Default keys"), default, is_default),
        ],
        "filters": offered,
        "chips": filters.chips(asked, offered, address, **kept),
        "export_address": f"{export_address}?{filters.query_of(asked, sort=order.name)}",
    }


def _turned(column: str, order: Order) -> str:
    """The order that a click on a column's head asks for: the other way round where it is in order already."""
    first = "-created" if column == "created" else column
    other = "created" if column == "created" else f"-{column}"
    return other if order.name == first else first
