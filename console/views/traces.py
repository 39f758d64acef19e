"""The traces of a project: what was done, by whom, from where, with what result."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from console.access.caller import Caller
from console.models import Trace
from console.operations.sentences import operations_told, sentence_of, thing_of
from console.operations.traces import RATINGS, TraceFilter, list_traces, rating_of, trace_id_of
from console.requests import ConsoleRequest
from console.texts import uuid_of
from console.views.pages import page

PAGE = 50
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
SPANS = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days"), "all": _("All")}
RESULTS = {"normal": _("Done"), "warning": _("Refused"), "incident": _("Failed")}
FIELDS = ("user", "resource", "operation", "result", "span", "request")


@require_safe
def traces(request: ConsoleRequest) -> HttpResponse:
    """The newest traces that meet the filter in the address, 50 a page."""
    context = trace_context(request.caller, request.GET, reverse("console:traces", args=[request.place.pk]))
    return page(request, "console/traces.html", "", context)


def trace_context(caller: Caller, query: QueryDict, address: str, *, resource: str = "") -> dict[str, Any]:
    """What the table of traces shows at `address`; with `resource` those of the one thing with this id alone."""
    asked = _asked(query)
    after = query.get("after", "")
    found = list_traces(caller, _wanted(asked, resource), limit=PAGE, after_trace=after)
    kept = QueryDict(mutable=True)
    kept.update({name: value for name, value in asked.items() if value})
    export = reverse("console:traces-csv", args=[caller.project.pk if caller.project else ""])
    exported = kept.copy()
    if resource:
        exported["resource"] = resource
    following = kept.copy()
    if found.marker:
        following["after"] = found.marker
    return {
        "rows": [_row(one, caller) for one in found.found],
        "asked": asked,
        "is_filtered": bool(kept),
        "spans": list(SPANS.items()),
        "results": [(name, RESULTS[name]) for name in RATINGS],
        "operations": operations_told(),
        "traces_address": address,
        "export_address": f"{export}?{exported.urlencode()}",
        "first": f"{address}?{kept.urlencode()}" if after else "",
        "next": f"{address}?{following.urlencode()}" if found.marker else "",
    }


def filter_in(query: QueryDict) -> TraceFilter:
    """The filter that an address asks for."""
    return _wanted(_asked(query), "")


def _asked(query: QueryDict) -> dict[str, str]:
    return {name: query.get(name, "").replace("\0", "").strip()[:255] for name in FIELDS}


def _wanted(asked: dict[str, str], resource: str) -> TraceFilter:
    exact = {}
    if resource:
        exact["resource_id"] = resource
    elif asked["resource"]:
        exact["resource_id" if uuid_of(asked["resource"]) else "resource_name"] = asked["resource"]
    if asked["operation"]:
        exact["name"] = asked["operation"]
    if asked["request"]:
        exact["request_id"] = asked["request"]
    days = asked["span"] if asked["span"] in SPANS else "7"
    after = BEGINNING if days == "all" or asked["request"] else timezone.now() - timedelta(days=int(days))
    rating = asked["result"] if asked["result"] in RATINGS else ""
    return TraceFilter(after=after, user=asked["user"], rating=rating, exact=exact)


def _row(trace: Trace, caller: Caller) -> dict[str, Any]:
    record = {
        "trace_id": trace_id_of(trace),
        "time": trace.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "operation": trace.name,
        "user": trace.user_name,
        "resource_type": trace.resource_type,
        "resource_id": trace.resource_id,
        "resource_name": trace.resource_name,
        "source_ip": trace.source_ip,
        "request_id": trace.request_id,
        "status": trace.status,
        "error_code": trace.error_code,
        "detail": trace.detail,
    }
    return {
        "trace": trace,
        "sentence": sentence_of(trace, caller.account.name),
        "rating": rating_of(trace),
        "used_for": thing_of(trace.detail.get("used_for")),
        "json": json.dumps(record, indent=2, ensure_ascii=False),
    }
