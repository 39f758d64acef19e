"""Which keys nobody uses, told fast and exactly.

The counters of calls are the source. `Key.unused_since` is what the sweep carried over from them: by it an index passes
over the keys in use. It lags by a minute or more, so the keys that it leaves are asked of the counters themselves.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Func, OuterRef, Q
from django.utils import timezone

from console.models import Account, CallCount
from keys.models import Key
from keys.operations.evidence import USES

CHUNK = 500
MARGIN = timedelta(minutes=1)
"""What another node's clock may be behind, and a commit under way."""
FEWEST_DAYS, MOST_DAYS = 1, 3650


class IdText(Func):
    """A key's id as the counters name it: with dashes, which SQLite's column has not."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        text = " || '-' || ".join(f"substr(%(expressions)s, {first}, {length})" for first, length in parts)
        return self.as_sql(compiler, connection, template=f"({text})", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS text)", **extra)


def unused_for(days: int) -> Q:
    """The keys that nobody used in the last `days` days, and that were made before."""
    last = timezone.now().date() - timedelta(days=days)
    uses = CallCount.objects.filter(resource_id=IdText(OuterRef("pk")), day__gt=last, operation__in=USES)
    return Q(unused_since__lte=last) & Q(~Exists(uses.filter(last_at__isnull=False)))


class _Swept:
    """Since when uses may be unknown to the keys; a process that starts knows nothing."""

    until: datetime | None = None


def sweep_uses() -> int:
    """Carry the uses since the last sweep over to the keys, the first time those of a day; how many were news."""
    now = timezone.now()
    since = _Swept.until or now - timedelta(days=1)
    accounts = Account.objects.values_list("pk", flat=True)  # the counters' index begins with the account
    uses = CallCount.objects.filter(account_id__in=list(accounts), day__gte=since.date(), operation__in=USES)
    by_day: dict[date, set[str]] = {}
    for day, key_id in uses.filter(last_at__gte=since).values_list("day", "resource_id").distinct():
        by_day.setdefault(day, set()).add(key_id)
    noted = sum(note_uses(day, by_day[day]) for day in sorted(by_day, reverse=True))
    _Swept.until = now - MARGIN
    return noted


def note_uses(day: date, key_ids: Collection[str]) -> int:
    """Remember that these keys were used on this day; how many had not been known of."""
    noted, wanted = 0, list(key_ids)
    for first in range(0, len(wanted), CHUNK):
        # Asked first: an UPDATE of nothing would take the write lock for it.
        stale = list(
            Key.objects.filter(pk__in=wanted[first : first + CHUNK], unused_since__lt=day).values_list("pk", flat=True)
        )
        if stale:
            noted += Key.objects.filter(pk__in=stale, unused_since__lt=day).update(unused_since=day)
    return noted
