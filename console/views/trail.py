"""The traces as a file, and whether the trail is whole."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.models import Trace
from console.operations.sentences import sentence_of
from console.operations.traces import MOST_TRACES, list_traces, trace_id_of
from console.operations.trail import verify_trail
from console.requests import ConsoleRequest
from console.views.dialogs import dialog
from console.views.files import csv_file
from console.views.pages import OperationForm
from console.views.traces import filter_in

MOST_EXPORTED = 50_000
HEADS = (
    *("time", "sentence", "user", "operation", "resource_type", "resource_id", "resource_name", "source_ip"),
    *("status", "error_code", "request_id", "trace_id", "detail"),
)


@require_safe
def export(request: ConsoleRequest) -> HttpResponse:
    """The traces that the filter in the address finds, newest first; `X-Truncated` where there are more than fit."""
    rows = (_cells(one, request.caller.account.name) for one in _found(request))
    return csv_file(f"traces-{request.place.name}.csv", HEADS, rows, most=MOST_EXPORTED)


@require_http_methods(["GET", "POST"])
def verify(request: ConsoleRequest) -> HttpResponse:
    """The dialog that checks the trail, and tells the verdict."""
    back = reverse("console:traces", args=[request.place.pk])
    form = OperationForm(OperationForm.data_of(request))
    context: dict[str, Any] = {"form": form, "verdict": None}
    if request.method == "POST" and form.is_valid():
        context["verdict"] = context["is_over"] = form.attempt(verify_trail, request.caller)
    return dialog(request, "console/verify.html", _("Verify trail"), context, back=back)


def _found(request: ConsoleRequest) -> Iterator[Trace]:
    wanted, after = filter_in(request.GET), ""
    while True:
        page = list_traces(request.caller, wanted, limit=MOST_TRACES, after_trace=after)
        yield from page.found
        if page.marker is None:
            return
        after = page.marker


def _cells(trace: Trace, account_name: str) -> list[str]:
    return [
        f"{trace.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        sentence_of(trace, account_name),
        trace.user_name,
        trace.name,
        trace.resource_type,
        trace.resource_id,
        trace.resource_name,
        trace.source_ip or "",
        str(trace.status),
        trace.error_code,
        trace.request_id,
        trace_id_of(trace),
        json.dumps(trace.detail, ensure_ascii=False),
    ]
