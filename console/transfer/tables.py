"""Tables and rows in one form for both databases, so that what is read from the one can be written to the other.

A row is a list of its columns' values in the order of their names. Times are `2026-01-31 12:00:00.000000` in UTC, UUIDs
32 hexadecimal digits, booleans 0 or 1, JSON text with sorted keys and no spaces: mostly as SQLite stores them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

import msgspec

Row = Sequence[Any]
Migrations = list[tuple[str, str]]
BATCH: Final = 1_000
PROTECTION: Final = "console_protection"
"""The table that names the root key."""
LEFT_OUT: Final = frozenset(
    {
        *("django_migrations", "django_session", "console_process"),
        *("console_token", "console_temporaryaccesskey", "console_pendingsignin"),
    }
)
"""What is not carried: the list of migrations, which goes apart; what lives for a day at most and opens doors, lest who
was signed out be signed in again; and the processes that serve now."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    UUID = "uuid"
    BYTES = "bytes"
    JSON = "json"


class Column(NamedTuple):
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns, ordered by name: databases that grew differently have them in different orders."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.columns]


class Database(Protocol):
    """One of the two databases, on a connection of its own or within the caller's transaction."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it everything is read as it stood at one moment, while others write."""

    def migrations(self) -> Migrations:
        """The applied migrations, as app and name, in the order of their application; none where it holds nothing."""

    def tables(self) -> list[Table]:
        """The tables of the installation but LEFT_OUT, each behind those that its foreign keys lead to."""

    def count(self, table: Table) -> int:
        """How many rows it has."""

    def rows(self, table: Table) -> Iterator[list[Row]]:
        """All rows in batches, in an order that stays the same while nobody writes."""

    def query(self, statement: str) -> list[Row]:
        """What a SELECT finds that both databases know."""

    def write(self, table: Table, batches: Iterable[Sequence[Row]]) -> None:
        """Append rows."""

    def empty(self, tables: Iterable[Table]) -> None:
        """Delete all rows of these tables."""

    def go_on_counting(self, tables: Iterable[Table]) -> None:
        """Have new rows numbered behind those there are."""


class Tally:
    """How many rows a table has, and a digest of them that is the same in whatever order they come: the sum of their
    SHA-256, modulo 2^256."""

    __slots__ = ("rows", "sum")

    def __init__(self) -> None:
        self.rows, self.sum = 0, 0

    def add(self, rows: Sequence[Row]) -> None:
        """Take in more rows."""
        self.rows += len(rows)
        encode, sha256, from_bytes = _ENCODE, hashlib.sha256, int.from_bytes
        self.sum += sum(from_bytes(sha256(encode(row)).digest()) for row in rows)

    @property
    def digest(self) -> str:
        return (self.sum % (1 << 256)).to_bytes(32, "big").hex()

    @property
    def told(self) -> tuple[int, str]:
        """Rows and digest."""
        return self.rows, self.digest


def tally_of(database: Database, table: Table) -> tuple[int, str]:
    """Rows and digest of a table."""
    tally = Tally()
    for rows in database.rows(table):
        tally.add(rows)
    return tally.told


def is_ours(name: str, migrations: Migrations) -> bool:
    """Whether a table belongs to the installation and is carried: its name begins with an app's."""
    apps = {"django", *(app for app, _ in migrations)}
    return name not in LEFT_OUT and any(name.startswith(f"{app}_") for app in apps)


def in_order(tables: Iterable[Table], leads_to: Mapping[str, Iterable[str]]) -> list[Table]:
    """The tables by name, each behind those that its foreign keys lead to."""
    waiting, ordered = {one.name: one for one in sorted(tables, key=lambda one: one.name)}, list[Table]()

    def put(name: str) -> None:
        table = waiting.pop(name, None)
        if table is not None:
            for other in sorted(leads_to.get(name, ())):
                put(other)
            ordered.append(table)

    for name in list(waiting):
        put(name)
    return ordered


def canonical_json(text: str | None) -> str | None:
    """JSON in its one form."""
    return text if text in {"{}", "[]", None} else _JSON.encode(msgspec.json.decode(text or "")).decode()


_ENCODE = msgspec.msgpack.Encoder().encode
_JSON = msgspec.json.Encoder(order="sorted")
