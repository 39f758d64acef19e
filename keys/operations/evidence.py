"""How a key is used: what its page shows, and what is told before it is disabled or deleted.

The counters of calls are the source. A key's are found by its id alone, so those of grantees in other accounts are
among them: whoever owns a key sees who uses it.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from console import sql
from console.access.caller import Caller
from keys.calls import Call, Kind
from keys.models import Key

SHOWN_DAYS = 30
USES = frozenset(call.trace for call in Call if call.kind is Kind.USE)
"""The operations that use a key; looking at it or managing it does not."""
_USES_OF = f"FROM console_callcount WHERE operation IN ({sql.places(USES)}) AND resource_id"
_BY_DAY = sql.Query(f"SELECT CAST(day AS text), user_name, calls, refused {_USES_OF} = %s AND day >= %s")
_LAST = sql.Query(
    f"SELECT last_at, user_name, operation {_USES_OF} = %s AND last_at IS NOT NULL"
    " ORDER BY day DESC, last_at DESC LIMIT 1"
)
_LAST_OF_EACH = f"SELECT resource_id, MAX(last_at) {_USES_OF} IN ({{}}) AND last_at IS NOT NULL GROUP BY resource_id"
_COUNTS = sql.Query(
    "SELECT (SELECT COUNT(*) FROM keys_grant WHERE key_id = k.id),"
    " (SELECT COUNT(*) FROM keys_alias WHERE key_id = k.id),"
    " (SELECT COUNT(*) FROM keys_taggedkey WHERE content_object_id = k.id),"
    " (SELECT COUNT(*) FROM keys_kvmount m JOIN keys_kvversion v ON v.mount_id = m.id"
    " WHERE m.key_id = k.id AND NOT v.is_destroyed) FROM keys_key k WHERE k.id = %s"
)


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


class Counts(NamedTuple):
    """How many grants, aliases and tags a key has, and how many versions of values in mounts it protects."""

    grants: int
    aliases: int
    tags: int
    values: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The uses of a key in the last days, the oldest first; who made them, most first; and what ends with the key."""

    last_use: LastUse | None
    days: list[DayOfCalls]
    users: list[UserCalls]
    counts: Counts

    @property
    def calls(self) -> int:
        return sum(day.calls for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)


def evidence_of(caller: Caller, key: Key, days: int = SHOWN_DAYS) -> Evidence:
    """What is known of the use of a key, which was found for this caller."""
    today = timezone.now().date()
    shown = [today - timedelta(days=days - 1 - n) for n in range(days)]
    by_day = {str(day): [0, 0] for day in shown}
    by_user: dict[str, int] = {}
    for day, user, calls, refused in _BY_DAY.rows(*USES, str(key.pk), str(shown[0])):
        if day in by_day:
            by_day[day][0] += calls
            by_day[day][1] += refused
        by_user[user] = by_user.get(user, 0) + calls
    last = _LAST.rows(*USES, str(key.pk))
    return Evidence(
        next((LastUse(sql.moment_of(at), _name(caller, user), operation) for at, user, operation in last), None),
        [DayOfCalls(day, *by_day[str(day)]) for day in shown],
        [
            UserCalls(_name(caller, user), calls)
            for user, calls in sorted(by_user.items(), key=lambda one: (-one[1], one[0]))
        ],
        counts_of(key),
    )


def last_uses(keys: Collection[Key]) -> dict[uuid.UUID, datetime]:
    """When each of these keys was last used, those that never were left out."""
    if not keys:
        return {}
    found = sql.Query(_LAST_OF_EACH.format(sql.places(keys))).rows(*USES, *(str(key.pk) for key in keys))
    return {uuid.UUID(key_id): sql.moment_of(at) for key_id, at in found}


def counts_of(key: Key) -> Counts:
    """What belongs to a key, which was found for its reader."""
    (found,) = _COUNTS.rows(sql.uuid_parameter(key.pk))
    return Counts(*found)


def _name(caller: Caller, user_name: str) -> str:
    return user_name.removeprefix(f"{caller.account.name}/")
