"""How much an account calls the API: by day, operation and key of one month (UTC), from the counters of calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from console.models import CallCount
from console.operations.usage import FREE_CALLS_A_MONTH, calls_of_month, month_of, next_month
from keys.calls import Call

SHOWN_KEYS = 50
READ = Call.SHOW_QUOTAS.action


class Calls(NamedTuple):
    """How often something was called, and how many of the calls were refused."""

    name: str
    calls: int
    refused: int


class Day(NamedTuple):
    """The calls of one day, refused ones too."""

    day: date
    calls: int
    refused: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The calls of an account in a month: every day of it, its operations and its keys, the most called first.

    `before` are the calls of the month before up to the same day."""

    first: date
    days: list[Day]
    operations: list[Calls]
    keys: list[Calls]
    calls: int
    billable: int
    before: int

    @property
    def free_left(self) -> int:
        return max(0, FREE_CALLS_A_MONTH - self.calls)

    @property
    def expected(self) -> int:
        """The calls by the end of the month, if they go on as until now; those there were once it is over."""
        today = timezone.now().date()
        if not self.first <= today < next_month(self.first):
            return self.calls
        return round(self.calls / (today.day) * len(self.days))


def usage_of(caller: Caller, first: date) -> Usage:
    """What the caller's account called in the month that begins with `first`, in all its projects.

    Raises NotPermitted."""
    with traced(caller, Call.SHOW_QUOTAS.trace):
        caller.require(READ)
        counts = _counts(caller, first)
        by_day = {row["day"]: row for row in _sums(counts, "day")}
        days = [
            Day(day, by_day[day]["calls"], by_day[day]["refused"]) if day in by_day else Day(day, 0, 0)
            for day in _days(first)
        ]
        operations = [Calls(row["operation"], row["calls"], row["refused"]) for row in _sums(counts, "operation")]
        of_keys = _sums(counts.exclude(resource_id=""), "resource_id")[:SHOWN_KEYS]
        keys = [Calls(row["resource_id"], row["calls"], row["refused"]) for row in of_keys]
        month = calls_of_month(caller.account, first)
        return Usage(first, days, operations, keys, month.calls, month.billable, _before(caller, first))


def counts_of(caller: Caller, first: date) -> "QuerySet[CallCount]":
    """Each counter of the month, for an export. Raises NotPermitted."""
    with traced(caller, Call.SHOW_QUOTAS.trace):
        caller.require(READ)
    return _counts(caller, first).order_by("day", "operation", "resource_id", "user_name")


def _counts(caller: Caller, first: date) -> "QuerySet[CallCount]":
    return CallCount.objects.filter(account_id=caller.account.pk, day__gte=first, day__lt=next_month(first))


def _sums(counts: "QuerySet[CallCount]", column: str) -> "QuerySet[CallCount, dict[str, Any]]":
    sums: QuerySet[CallCount, dict[str, Any]] = (
        counts.order_by().values(column).annotate(calls=Sum("calls"), refused=Sum("refused"))
    )
    return sums.order_by("-calls", column)


def _days(first: date) -> Iterator[date]:
    day = first
    while day < next_month(first):
        yield day
        day += timedelta(days=1)


def _before(caller: Caller, first: date) -> int:
    """The calls of the month before, up to the day that it is now in this one."""
    today = timezone.now().date()
    earlier = month_of(first - timedelta(days=1))
    end = min(first, earlier + timedelta(days=today.day)) if month_of(today) == first else first
    counts = CallCount.objects.filter(account_id=caller.account.pk, day__gte=earlier, day__lt=end)
    return counts.aggregate(sum=Sum("calls"))["sum"] or 0
