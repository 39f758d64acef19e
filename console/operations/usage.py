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


def calls_of_month(account: Account, day: date | None = None) -> MonthOfCalls:
    """The calls in the month of `day`, today's by default. Beyond the free ones calls go on, and count as billable."""
    first = (day or timezone.now().date()).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    of_month = CallCount.objects.filter(account_id=account.pk, day__gte=first, day__lt=after)
    calls = of_month.aggregate(sum=Sum("calls"))["sum"] or 0
    return MonthOfCalls(calls, max(0, calls - FREE_CALLS_A_MONTH))
