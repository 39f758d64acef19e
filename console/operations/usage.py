"""How much an account calls the API."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from console.models import Account, CallCount

FREE_CALLS_A_MONTH = 20_000


class MonthOfCalls(NamedTuple):
    """The calls of an account in one month (UTC), refused ones too, and those of them beyond the free ones."""

    calls: int
    billable: int


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return month_of(first + timedelta(days=31))


def calls_of_month(account: Account, day: date | None = None) -> MonthOfCalls:
    """The calls in the month of `day`, today's by default. Beyond the free ones calls go on, and count as billable."""
    first = month_of(day or timezone.now().date())
    of_month = CallCount.objects.filter(account_id=account.pk, day__gte=first, day__lt=next_month(first))
    calls = of_month.aggregate(sum=Sum("calls"))["sum"] or 0
    return MonthOfCalls(calls, max(0, calls - FREE_CALLS_A_MONTH))
