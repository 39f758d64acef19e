"""Wrapping anew, under the current root key, whatever the database holds under older ones, while others work with it.

Each column of wrapped bytes is read in the order of its table, a batch at a time, and what is under another version is
replaced where it still is what was read: so what was destroyed or changed meanwhile stays so. Whoever may have written
under an older version meanwhile makes another pass necessary.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.db import models, transaction

from console import sql
from console.access import one_time_codes
from console.access.signature import PURPOSE, TEMPORARY
from console.models import AccessKey, Authenticator, TemporaryAccessKey
from console.protection import root_key
from keys.crypto.errors import WrappedRejected
from keys.crypto.keyring import Keyring
from keys.crypto.rootkey import root_key_version_of
from keys.crypto.secrets import rewrap_secret

UNREADABLE: Final = 0
"""What stands for the version of bytes that are damaged so far that they name none."""
BATCH: Final = 100
"""Rows that are changed with one commit: it holds SQLite's one lock for a few milliseconds."""
READ_AT_ONCE: Final = 1000
LONGEST_PAUSE: Final = 0.1
"""Seconds between two batches at most."""
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Wrapped:
    """A column of wrapped bytes: `rewrap` gets the keyring, the bytes and what `place` names, and gives the same under
    the current root key. Where the table has `root_key_version`, it is kept beside the bytes."""

    model: type[models.Model]
    column: str
    place: tuple[str, ...]
    rewrap: Callable[..., bytes]

    def rows(self) -> Iterator[list[Row]]:
        """Number, bytes and place of all rows that have any, by the number; some at a time."""
        rows = self.model._base_manager.filter(**{f"{self.column}__isnull": False}).order_by("pk")
        found = list(rows.values_list("pk", self.column, *self.place)[:READ_AT_ONCE])
        while found:
            yield found
            found = list(rows.filter(pk__gt=found[-1][0]).values_list("pk", self.column, *self.place)[:READ_AT_ONCE])

    def replace(self, wrapped_anew: Sequence[tuple[Any, bytes, bytes]]) -> int:
        """Of each number, old and new bytes: put the new ones where the old ones still are; how many were."""
        with transaction.atomic(durable=True):
            free = self._free([pk for pk, _, _ in wrapped_anew])
            version = [root_key().version] if self._has_version else []
            return self._change.of_rows([[new, *version, pk, old] for pk, old, new in wrapped_anew if pk in free])

    def _free(self, pks: list[Any]) -> Collection[Any]:
        """Those that nobody else holds, locked, so that nobody waits in a circle. SQLite has one writer."""
        if sql.IS_SQLITE:
            return pks
        rows = self.model._base_manager.select_for_update(skip_locked=True, no_key=True)
        return {*rows.filter(pk__in=pks).values_list("pk", flat=True)}

    @property
    def _has_version(self) -> bool:
        return any(one.attname == "root_key_version" for one in self.model._meta.concrete_fields)

    @cached_property
    def _change(self) -> sql.Change:
        meta, also = self.model._meta, ", root_key_version = %s" if self._has_version else ""
        assert meta.pk is not None  # noqa: S101 - every table has one
        return sql.Change(
            f"UPDATE {meta.db_table} SET {self.column} = %s{also}"  # noqa: S608 - names of columns alone
            f" WHERE {meta.pk.column} = %s AND {self.column} = %s"
        )

    def __str__(self) -> str:
        return f"{self.model._meta.verbose_name}, {self.column.replace('_', ' ')}"


_columns: list[Wrapped] = []


def register_wrapped(*columns: Wrapped) -> None:
    """Have these columns wrapped anew with all others; a service calls this once, from its `apps.py`."""
    _columns.extend(columns)


def columns() -> Sequence[Wrapped]:
    """All columns of wrapped bytes but that of the trail key."""
    return tuple(_columns)


def _access_key(keyring: Keyring, wrapped: bytes, ak: str) -> bytes:
    return rewrap_secret(keyring, wrapped, PURPOSE, ak)


def _temporary_access_key(keyring: Keyring, wrapped: bytes, ak: str) -> bytes:
    return rewrap_secret(keyring, wrapped, TEMPORARY, ak)


def _authenticator(keyring: Keyring, wrapped: bytes, user_id: str) -> bytes:
    return rewrap_secret(keyring, wrapped, one_time_codes.PURPOSE, user_id)


OWN = (
    Wrapped(AccessKey, "wrapped_secret", ("ak",), _access_key),
    Wrapped(TemporaryAccessKey, "wrapped_secret", ("ak",), _temporary_access_key),
    Wrapped(Authenticator, "wrapped_secret", ("user_id",), _authenticator),
)


def count_wrapped() -> int:
    """How many wrapped values there are, but for the trail key."""
    return sum(one.model._base_manager.filter(**{f"{one.column}__isnull": False}).count() for one in _columns)


def count_by_version() -> Counter[int]:
    """How many wrapped values, but for the trail key, each version of the root key protects."""
    counted: Counter[int] = Counter()
    for column in _columns:
        for rows in column.rows():
            counted.update(_version_of(row[1]) for row in rows)
    return counted


def _version_of(wrapped: bytes | memoryview) -> int:
    try:
        return root_key_version_of(bytes(wrapped))
    except WrappedRejected:
        return UNREADABLE


@dataclass(slots=True)
class Pass:
    """What came of going over all wrapped values once."""

    anew: int = 0
    passed_over: int = 0
    """Those that others were at, or changed: another pass looks at them."""
    damaged: list[str] = field(default_factory=list)
    """Those that don't open, which stay as they are."""


def rewrap_all(tell: Callable[[int], object]) -> Pass:
    """Wrap anew what is under another version than the current one; `tell` hears how many more were looked at."""
    made = Pass()
    for column in _columns:
        for rows in column.rows():
            old = [row for row in rows if _version_of(row[1]) != root_key().version]
            tell(len(rows) - len(old))
            for start in range(0, len(old), BATCH):
                batch = old[start:][:BATCH]
                _rewrap(column, batch, made)
                tell(len(batch))
    return made


def _rewrap(column: Wrapped, batch: Sequence[Row], made: Pass) -> None:
    wrapped_anew = []
    for pk, wrapped, *place in batch:
        try:
            wrapped_anew.append((pk, bytes(wrapped), column.rewrap(root_key(), bytes(wrapped), *place)))
        except WrappedRejected:
            made.damaged.append(f"{column} of {' '.join(map(str, place))}")
    begun = time.monotonic()
    replaced = column.replace(wrapped_anew)
    made.anew, made.passed_over = made.anew + replaced, made.passed_over + len(wrapped_anew) - replaced
    time.sleep(min(time.monotonic() - begun, LONGEST_PAUSE))  # as long for those who serve
