"""Usage: the calls of the account in a month, by day, operation and key; what was free, and what went beyond."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.charts import axis, bars
from console.operations.usage import FREE_CALLS_A_MONTH, month_of
from console.requests import ConsoleRequest
from console.times import month_text
from console.views.files import csv_file
from keys import operations
from keys.operations.usage import Usage, counts_of, usage_of

MONTHS = 13
MOST_EXPORTED = 200_000
HEADS = ("day", "operation", "key_id", "user", "calls", "refused")
WIDTH, HEIGHT = 1036, 200


@require_safe
def usage(request: ConsoleRequest) -> HttpResponse:
    """The month in the address, this one by default."""
    months = list(_months(request))
    first = _asked(request, months)
    found = usage_of(request.caller, first)
    ticks = axis(max((day.calls for day in found.days), default=0))
    chart = bars([day.calls for day in found.days], width=WIDTH, height=HEIGHT, top=ticks[-1])
    today = timezone.now().date()
    context = {
        "usage": found,
        "account": request.user.account,
        "free": FREE_CALLS_A_MONTH,
        "month": month_text(first),
        "months": [(f"{one:%Y-%m}", month_text(one), one == first) for one in months],
        "is_current": first == month_of(today),
        "change": _change(found),
        "billable_expected": max(0, found.expected - FREE_CALLS_A_MONTH),
        "chart": list(zip(chart.bars, found.days, strict=True)),
        "lines": [(tick, HEIGHT - tick * HEIGHT // ticks[-1]) for tick in ticks],
        "today": today,
        "operations": [(one, round(100 * one.calls / found.calls) if found.calls else 0) for one in found.operations],
        "keys": _keys(request, found),
        "export_address": f"{reverse('keys:usage-csv', args=[request.place.pk])}?month={first:%Y-%m}",
    }
    return render(request, "keys/usage.html", context)


@require_safe
def export(request: ConsoleRequest) -> HttpResponse:
    """The counters of the month as CSV; `X-Truncated` where there are more than fit."""
    first = _asked(request, list(_months(request)))
    counts = counts_of(request.caller, first).iterator(2_000)
    rows = ([one.day, one.operation, one.resource_id, one.user_name, one.calls, one.refused] for one in counts)
    return csv_file(f"usage-{first:%Y-%m}.csv", HEADS, rows, most=MOST_EXPORTED)


def _months(request: ConsoleRequest) -> Iterator[date]:
    """The months since the account was made, this one first, a year at most."""
    month, made = month_of(timezone.now().date()), month_of(request.user.account.created_at.date())
    for _ in range(MONTHS):
        yield month
        month = month_of(month - timedelta(days=1))
        if month < made:
            return


def _asked(request: ConsoleRequest, months: list[date]) -> date:
    wanted = request.GET.get("month", "")
    return next((one for one in months if f"{one:%Y-%m}" == wanted), months[0])


def _change(found: Usage) -> int | None:
    """Percent more (less, if negative) than in the month before, to the same day; None where there is none."""
    return round(100 * (found.calls - found.before) / found.before) if found.before else None


def _keys(request: ConsoleRequest, found: Usage) -> list[tuple[Any, str, str]]:
    """Each key's calls with its alias and address, where it is one of this project."""
    here = {str(key.pk): key for key in operations.list_these(request.caller, [one.name for one in found.keys])}
    lines = []
    for one in found.keys:
        key = here.get(one.name)
        address = reverse("keys:details", args=[request.place.pk, key.pk]) if key else ""
        lines.append((one, key.alias if key else "", address))
    return lines
