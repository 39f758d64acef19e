"""Traces: read-only, and never looked through as a whole."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.admin.base import HouseAdmin, ReadOnly
from console.models import Account, Trace, User
from console.times import moment_text

Traces = QuerySet[Trace]
LOOKED_THROUGH = 100_000
RESULTS = {
    "succeeded": (_("Succeeded"), Q(status__lt=400)),
    "refused": (_("Refused"), Q(status__gte=400, status__lt=500)),
    "failed": (_("Failed"), Q(status__gte=500)),
}
WINDOWS = {
    "hour": (_("Last hour"), timedelta(hours=1)),
    "day": (_("Last 24 hours"), timedelta(days=1)),
    "week": (_("Last 7 days"), timedelta(days=7)),
    "month": (_("Last 30 days"), timedelta(days=30)),
}


def newest(traces: Traces) -> Traces:
    """Those among the newest: what no index narrows is looked for in a number of rows that is bounded."""
    last = Trace.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return traces.filter(id__gt=last - LOOKED_THROUGH)


class TraceFilter(admin.SimpleListFilter):
    """A filter whose choices are known without a look at the table."""

    def condition(self, choice: str) -> Q | None:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: Traces) -> Traces:
        condition = self.condition(self.value() or "")
        if condition is None:
            return queryset
        return (queryset if request.GET.get(SEARCH_VAR) else newest(queryset)).filter(condition)


class ResultFilter(TraceFilter):
    title = _("result")
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(name, title) for name, (title, _condition) in RESULTS.items()]

    def condition(self, choice: str) -> Q | None:
        return RESULTS[choice][1] if choice in RESULTS else None


class TimeFilter(TraceFilter):
    title = _("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(name, title) for name, (title, _length) in WINDOWS.items()]

    def condition(self, choice: str) -> Q | None:
        return Q(at__gte=timezone.now() - WINDOWS[choice][1]) if choice in WINDOWS else None


class ResourceTypeFilter(TraceFilter):
    title = _("resource type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        models = [one for app in ("console", "keys") for one in apps.get_app_config(app).get_models()]
        offered = [one for one in models if model_admin.admin_site.is_registered(one) and one is not Trace]
        return [(one._meta.model_name or "", capfirst(one._meta.verbose_name)) for one in offered]

    def condition(self, choice: str) -> Q | None:
        return Q(resource_type=choice) if choice else None


class TraceList(ChangeList):
    """The list in its own order, whatever the address asks for: to sort by another column is to read all traces."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return ["-id"]


class TraceAdmin(ReadOnly, HouseAdmin[Trace]):
    """The trail. Newest first; searched by what an index answers."""

    list_display = (
        "moment",
        "name",
        "user_name",
        "resource",
        "result",
        "error_code",
        "source_ip",
        "request_id",
    )  # fmt: skip
    list_filter = (TimeFilter, ResultFilter, ResourceTypeFilter)
    search_fields = ("request_id", "resource_id", "user_name", "account_id")
    search_help_text = _(
        "A whole request ID, resource ID, sign-in name (account/user), account name or account ID. "
        "Filters look through the newest 100,000 traces."
    )
    ordering = ("-id",)
    sortable_by = ()
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("moment", "name", "result", "error_code", "request_id", "source_ip")}),
        (_("Who"), {"fields": ("user_name", "user_id", "account_id", "project_id")}),
        (_("What"), {"fields": ("resource_type", "resource_id", "resource_name", "details")}),
        (_("Proof"), {"fields": ("stream_of", "sequence", "code")}),
    )
    readonly_fields = ("moment", "result", "details", "stream_of", "code")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return TraceList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The filters, and nothing that an address makes up."""
        return lookup in {one.parameter_name for one in self.list_filter}

    def get_search_results(self, request: HttpRequest, queryset: Traces, search_term: str) -> tuple[Traces, bool]:
        """The first kind of id that the term turns out to be; each is one look at an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if Trace.objects.filter(request_id=term).exists():
            return queryset.filter(request_id=term), False
        if (user := User.objects.filter(username=User.username_of(*_halves(term))).first()) is not None:
            if user.is_superuser or user.is_staff:  # at work in any account, so no index leads to his traces
                return newest(queryset).filter(user_name=user.username), False
            return _of_account(queryset, user.account_id).filter(user_name=user.username), False
        if (account := Account.objects.filter(Q(pk=term) | Q(name=term.lower())).first()) is not None:
            return _of_account(queryset, account.pk), False
        # Led by the accounts, because the index on resources begins with them.
        return queryset.filter(account_id__in=Account.objects.values("pk"), resource_id=term), False

    @admin.display(description=_("time"))
    def moment(self, trace: Trace) -> str:
        return moment_text(trace.at)

    @admin.display(description=_("result"))
    def result(self, trace: Trace) -> str:
        name = "succeeded" if trace.status < 400 else "refused" if trace.status < 500 else "failed"
        return f"{RESULTS[name][0]} ({trace.status})"

    @admin.display(description=_("resource"))
    def resource(self, trace: Trace) -> str:
        return trace.resource_name or trace.resource_id

    @admin.display(description=_("details"))
    def details(self, trace: Trace) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(trace.detail, indent=2, ensure_ascii=False, sort_keys=True))

    @admin.display(description=_("stream"))
    def stream_of(self, trace: Trace) -> str:
        return trace.stream_id

    @admin.display(description=_("authentication code"))
    def code(self, trace: Trace) -> str:
        return bytes(trace.mac).hex()


def _of_account(traces: Traces, account_id: str) -> Traces:
    """An account's traces in the order of their index."""
    return traces.filter(account_id=account_id).order_by("-at", "-id")


def _halves(term: str) -> tuple[str, str]:
    account, _slash, login = term.partition("/")
    return account, login
