"""The key list."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_safe

from console.requests import ConsoleRequest
from console.views.pages import page
from keys import operations
from keys.operations.creation import ACTION as CREATE
from keys.operations.reading import PAGE_SIZES
from keys.views.rows import key_rows

DEFAULT_SIZE = 20


@require_safe
def listing(request: ConsoleRequest) -> HttpResponse:
    """The project's custom keys, newest first; paging and page size stand in the address."""
    part = "keys" if request.htmx.target == "key-list" else ""
    return page(request, "keys/list.html", part, list_context(request, request.GET))


def list_context(request: ConsoleRequest, query: QueryDict, *, new_id: str = "") -> dict[str, Any]:
    """What the list shows for the query of its address; with `new_id` its first page, that key marked."""
    rows = query.get("rows", "")
    size = int(rows) if rows.isdecimal() and int(rows) in PAGE_SIZES else DEFAULT_SIZE
    position = {} if new_id else {"after": query.get("after", ""), "before": query.get("before", "")}
    found = operations.list_keys(request.caller, size=size, **position)
    address = reverse("keys:list", args=[request.place.pk])
    return {
        "rows": key_rows(found.keys, request.place, new_id=new_id or query.get("new", "")),
        "size": size,
        "sizes": PAGE_SIZES,
        "list_address": address,
        "before": f"{address}?rows={size}&before={quote(found.before)}" if found.before else "",
        "after": f"{address}?rows={size}&after={quote(found.after)}" if found.after else "",
        "may_create": request.caller.may(CREATE),
        "account": request.user.account,
        "quota_low": request.user.account.key_quota * 8 // 10,
        "quota_high": request.user.account.key_quota * 95 // 100,
        "left_key": query.get("left") == "key",
    }
