"""Traces on the wire (API contract, 8), as the cloud's trace service lists them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.api.answers import TraceShown, TracesListed
from console.api.routes import Route
from console.models import Trace
from console.operations import traces
from console.operations.traces import TraceFilter, TraceFilterUnknown, TraceLimitInvalid, Traces

LATEST = 253_402_300_799_999
"""Milliseconds since 1970 at the end of the year 9999."""
SYSTEM, DATA = "system", "data"


class ListTracesRequest(msgspec.Struct, frozen=True):
    trace_type: str = SYSTEM
    tracker_name: str = ""
    limit: str = ""
    after: str = msgspec.field(name="from", default="")
    before: str = msgspec.field(name="to", default="")
    next: str = ""
    service_type: str = ""
    user: str = ""
    resource_id: str = ""
    resource_name: str = ""
    resource_type: str = ""
    trace_id: str = ""
    trace_name: str = ""
    trace_rating: str = ""
    access_key_id: str = ""
    enterprise_project_id: str = ""

    def wish(self) -> dict[str, Any]:
        for name in ("access_key_id", "enterprise_project_id"):
            # The trail does not know; to leave it out would answer with others' traces too.
            if value := getattr(self, name):
                raise TraceFilterUnknown(name=name, value=value)
        if self.trace_type not in {SYSTEM, DATA}:
            raise TraceFilterUnknown(name="trace_type", value=self.trace_type)
        if self.limit and not (self.limit.isascii() and self.limit.isdecimal() and len(self.limit) < 10):
            raise TraceLimitInvalid()
        wanted = TraceFilter(
            is_system=self.trace_type == SYSTEM and self.tracker_name in {"", SYSTEM},
            after=_moment("from", self.after),
            before=_moment("to", self.before),
            trace_id=self.trace_id,
            service=self.service_type,
            user=_text(self.user),
            rating=self.trace_rating,
            exact={column: _text(value) for column, value in self._columns().items() if value},
        )
        limit = int(self.limit) if self.limit else traces.DEFAULT_LIMIT
        return {"wanted": wanted, "limit": limit, "after_trace": self.next}

    def _columns(self) -> Mapping[str, str]:
        return {
            "name": self.trace_name,
            "resource_id": self.resource_id,
            "resource_name": self.resource_name,
            "resource_type": self.resource_type,
        }


def _list(caller: Caller, wish: dict[str, Any]) -> tuple[Caller, Traces]:
    return caller, traces.list_traces(caller, **wish)


def _listed(answer: tuple[Caller, Traces]) -> TracesListed:
    caller, found = answer
    return {
        "traces": [_described(caller, one) for one in found.found],
        "meta_data": {"count": len(found.found), "marker": found.marker},
    }


def _described(caller: Caller, trace: Trace) -> TraceShown:
    """What the trail knows; requests and answers themselves are never in it, only what was named."""
    milliseconds = int(trace.at.timestamp() * 1000)
    account = caller.account
    return {
        "trace_id": traces.trace_id_of(trace),
        "trace_name": trace.name,
        "trace_rating": traces.rating_of(trace),
        "trace_type": "ApiCall" if trace.user_id else "SystemAction",
        "service_type": traces.service_of(trace),
        "resource_type": trace.resource_type,
        "resource_id": trace.resource_id,
        "resource_name": trace.resource_name,
        "source_ip": trace.source_ip,
        "user": {
            "id": trace.user_id,
            "name": trace.user_name.removeprefix(f"{account.name}/"),
            "user_name": trace.user_name,
            "domain": {"id": account.pk, "name": account.name},
        },
        "time": milliseconds,
        "record_time": milliseconds,
        "request_id": trace.request_id,
        "code": str(trace.status),
        "message": trace.error_code,
        "request": json.dumps(trace.detail) if trace.detail else "",
        "response": "",
        "api_version": "1.0",
    }


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:18]) <= LATEST and len(text) <= 18):
        raise TraceFilterUnknown(name=name, value=text[:40])
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _text(text: str) -> str:
    return text.replace("\0", "")  # which PostgreSQL can't compare


ROUTES = [
    Route(
        "GET",
        "/v3/{project_id}/traces",
        ListTracesRequest,
        _list,
        _listed,
        "listTraces",
        summary=_("List the traces of the account"),
        sdk="cts.list_traces",
    )
]
