"""How a key is used: what its page shows, and what is told before it is disabled or deleted.

The counters of calls are the source. A key's are found by its id alone, so those of grantees in other accounts are
among them: whoever owns a key sees who uses it.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from console.access.caller import Caller
from console.models import CallCount
from keys.calls import Call, Kind
from keys.models import Key

SHOWN_DAYS = 30
USES = frozenset(call.trace for call in Call if call.kind is Kind.USE)
"""The operations that use a key; looking at it or managing it does not."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """The last successful use of a key: `user` is a login of the key's account, `account/login` of another one."""

    at: datetime
    user: str
    operation: str


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """The uses of a key in one day (UTC)."""

    day: date
    calls: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class UserCalls:
    """How often a user used a key."""

    name: str
    calls: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The uses of a key in the last days, the oldest first; who made them, most first; and what ends with the key."""

    last_use: LastUse | None
    days: list[DayOfCalls]
    users: list[UserCalls]
    grants: int
    aliases: int

    @property
    def calls(self) -> int:
        return sum(day.calls for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)


def evidence_of(caller: Caller, key: Key, days: int = SHOWN_DAYS) -> Evidence:
    """What is known of the use of a key, which was found for this caller."""
    used = CallCount.objects.filter(resource_id=str(key.pk), operation__in=USES)
    today = timezone.now().date()
    first = today - timedelta(days=days - 1)
    by_day = {first + timedelta(days=n): [0, 0] for n in range(days)}
    by_user: dict[str, int] = {}
    for day, user, calls, refused in used.filter(day__gte=first).values_list("day", "user_name", "calls", "refused"):
        if day in by_day:
            by_day[day][0] += calls
            by_day[day][1] += refused
        by_user[user] = by_user.get(user, 0) + calls
    last = used.filter(last_at__isnull=False).order_by("-day", "-last_at").first()
    return Evidence(
        LastUse(last.last_at, _name(caller, last.user_name), last.operation) if last and last.last_at else None,
        [DayOfCalls(day, calls, refused) for day, (calls, refused) in by_day.items()],
        [
            UserCalls(_name(caller, user), calls)
            for user, calls in sorted(by_user.items(), key=lambda one: (-one[1], one[0]))
        ],
        key.grants.count(),
        key.aliases.count(),
    )


def last_uses(keys: Iterable[Key]) -> dict[uuid.UUID, datetime]:
    """When each of these keys was last used, those that never were left out."""
    used = CallCount.objects.filter(resource_id__in=[str(key.pk) for key in keys], operation__in=USES)
    found = used.filter(last_at__isnull=False).values("resource_id").annotate(at=Max("last_at"))
    return {uuid.UUID(one["resource_id"]): one["at"] for one in found.order_by()}


def _name(caller: Caller, user_name: str) -> str:
    return user_name.removeprefix(f"{caller.account.name}/")
