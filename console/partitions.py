"""Traces by month: on PostgreSQL each month (UTC) is a partition of its own, made ahead, and dropped whole once it is
archived. SQLite has one table, and nothing of this is done there.

What belongs to no month that was made falls into the DEFAULT partition, so that no insert ever fails; it is moved when
its month is made.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from django.db import OperationalError, connection, transaction

logger = logging.getLogger(__name__)

TABLE: Final = "console_trace"
DEFAULT: Final = f"{TABLE}_default"
AHEAD: Final = 3
"""Months after the present one."""
TURN: Final = 0x6B6D7301  # beside the lock of starting nodes (serving/database)
PATIENCE: Final = "200ms"  # whoever waits for a table's lock holds up those who come after him
_LIMIT: Final = f"SET LOCAL lock_timeout = '{PATIENCE}'"


def month_of(moment: datetime) -> datetime:
    """The beginning of its month (UTC)."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(first: datetime, months: int = 1) -> datetime:
    """The beginning of the month so many months after (before, where negative) the one that begins at `first`."""
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)


def name_of(first: datetime) -> str:
    """The table of the month that begins at `first`."""
    return f"{TABLE}_{first:%Y_%m}"


def bounds_of(first: datetime) -> str:
    """The SQL of what belongs to this month."""
    return f"FROM ('{first.isoformat()}') TO ('{month_after(first).isoformat()}')"


def partitions() -> set[str]:
    """The tables that traces lie in, on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = %s::regclass", [TABLE]
        )
        return {name for (name,) in cursor.fetchall()}


def make_partitions(now: datetime | None = None) -> int:
    """Make those that are missing of this month's and the next three; how many were made. Any number of nodes may do so
    at once, and writers go on meanwhile."""
    if connection.vendor != "postgresql":
        return 0
    present, made = month_of(now or datetime.now(UTC)), 0
    there = partitions()
    for first in (month_after(present, ahead) for ahead in range(AHEAD + 1)):
        if name_of(first) not in there:
            try:
                made += _make(first)
            except OperationalError as error:
                logger.warning("The month %s of traces is made in a minute (%s).", name_of(first), error)
    _tell_of_strays()
    return made


def drop_partition(first: datetime, runs: Iterable[tuple[str, int, int]]) -> bool:
    """Drop the month that begins at `first`; False where it has no partition of its own, or does not hold exactly the
    traces of `runs` (stream, first and last sequence). Within a transaction.

    They are counted before anybody has to wait. Raises OperationalError where others keep the table for too long."""
    if connection.vendor != "postgresql" or name_of(first) not in partitions():
        return False
    streams, begins, ends = [list(column) for column in zip(*runs, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT)
        cursor.execute(f"LOCK TABLE {name_of(first)} IN SHARE MODE")
        cursor.execute(
            f"SELECT COUNT(*), (SELECT COUNT(*) FROM {name_of(first)})"  # noqa: S608 - the name of a table of ours
            f" FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS run (stream, first, last)"
            f" JOIN {name_of(first)} ON stream_id = run.stream AND sequence BETWEEN run.first AND run.last",
            [streams, begins, ends],
        )
        number = sum(ends) - sum(begins) + len(ends)
        if cursor.fetchone() != (number, number):
            return False
        cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {name_of(first)}")
        cursor.execute(f"DROP TABLE {name_of(first)}")
    return True


def _make(first: datetime) -> bool:
    """Make one month's table, move into it what fell into DEFAULT, and attach it: that locks DEFAULT alone."""
    name = name_of(first)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LIMIT)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        if cursor.fetchone() != (True,) or name in partitions():
            return False  # another node makes it now, or has made it
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {DEFAULT} WHERE at >= %s AND at < %s RETURNING *)"  # noqa: S608 - the name of a table of ours
            f" INSERT INTO {name} SELECT * FROM moved",
            [first, month_after(first)],
        )
        moved = cursor.rowcount
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES {bounds_of(first)}")
    if moved:
        logger.info("%d traces were moved into their month %s.", moved, name)
    return True


class _Told:
    """How many traces of no month this process has told of."""

    strays = 0


def _tell_of_strays() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), MIN(at), MAX(at) FROM {DEFAULT}")  # noqa: S608 - the name of a table of ours
        number, first, last = cursor.fetchone()
    if number != _Told.strays:
        _Told.strays = number
        if number:
            logger.warning(
                "%d traces belong to no month that was made (%s to %s): a clock was wrong.", number, first, last
            )
