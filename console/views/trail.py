"""The traces as a file, and whether the trail is whole."""

import csv
import io
import json
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
from console.texts import harmless
from console.views.dialogs import dialog
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
    wanted, after, number = filter_in(request.GET), "", 0
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(HEADS)
    while number < MOST_EXPORTED:
        page = list_traces(request.caller, wanted, limit=MOST_TRACES, after_trace=after)
        for one in page.found:
            rows.writerow([harmless(cell) for cell in _cells(one, request.caller.account.name)])
        number, after = number + len(page.found), page.marker or ""
        if not after:
            break
    headers = {"Content-Disposition": f'attachment; filename="traces-{request.place.name}.csv"'}
    if after:
        headers["X-Truncated"] = str(MOST_EXPORTED)
    return HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
def verify(request: ConsoleRequest) -> HttpResponse:
    """The dialog that checks the trail, and tells the verdict."""
    back = reverse("console:traces", args=[request.place.pk])
    form = OperationForm(OperationForm.data_of(request))
    context: dict[str, Any] = {"form": form, "verdict": None}
    if request.method == "POST" and form.is_valid():
        context["verdict"] = form.attempt(verify_trail, request.caller)
    refused = request.method == "POST" and bool(form.errors)
    return dialog(request, "console/verify.html", _("Verify trail"), context, back=back, refused=refused)


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
