"""From the SQLite file of DATA_DIR to an empty PostgreSQL database, in steps that are taken up again after a kill.

A table in the target says which source is being moved; it goes last, and no server starts on a database that has it.
Rows are copied in the order of the source, so the number of those that are there says which ones are left.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

from console import protection
from console.serving.database import MOVING, database_name
from console.serving.folder import MOVED
from console.serving.keyfiles import check_root_key
from console.sqlite.log import empty_log
from console.transfer import sqlite
from console.transfer.backups import Tallies
from console.transfer.places import sqlite_file, within_transaction
from console.transfer.postgresql import Postgresql
from console.transfer.progress import Advance, progress
from console.transfer.schema import migrate_on, require_same
from console.transfer.sqlite import Sqlite
from console.transfer.tables import Row, Table, Tally
from keys.crypto.keyfile import sync_folder

BATCHES_A_COMMIT: Final = 20
MAKING, COPYING = "making tables", "copying rows"


def move(source: Path) -> Tallies:
    """Copy the database file `source`, which no server uses, to the settings' database, and compare the two; the rows
    and the digest of each table. `finish_move` is to follow. The caller holds DATA_DIR and the turn.

    CommandError where the target holds anything else, or the source has changed since a move that was broken off."""
    try:
        return _move(source)
    except (psycopg.Error, Error, sqlite3.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise CommandError(f"The move was broken off ({reason}): run the same command again to go on.") from error


def _move(source: Path) -> Tallies:
    fingerprint = _fingerprint_of(source)
    with sqlite_file(source) as file, file.snapshot():
        _require_this_version(file, source)
        target = within_transaction()
        if _begin(target, fingerprint) == MAKING:
            migrate_on()
            with connection.connection.transaction():
                target.empty(target.tables())
                connection.connection.execute(f"UPDATE {MOVING} SET stage = %s", [COPYING])  # noqa: S608 - the name of a table of ours
        tables = file.tables()
        with progress("Copy", sum(map(file.count, tables))) as advance:
            tallies = {table.name: _copy(file, target, table, advance) for table in tables}
    target.go_on_counting(tables)
    require_same(target, target.tables(), tallies)
    protection.forget()
    check_root_key()
    return tallies


def finish_move() -> None:
    """Mark DATA_DIR, so that no server starts on what was moved away, and let servers start on the target."""
    mark: Path = settings.DATA_DIR / MOVED
    with mark.open("w", encoding="utf-8") as file:
        file.write(f"the PostgreSQL database {database_name()}\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(mark.parent)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {MOVING}")


def is_marked_only() -> bool:
    """Whether a move was broken off when all but its very last step was done."""
    return (settings.DATA_DIR / MOVED).exists() and within_transaction().has(MOVING)


def _begin(target: Postgresql, fingerprint: str) -> str:
    """At which stage the move is."""
    plain = connection.connection
    if not target.has(MOVING):
        if target.is_empty():
            with plain.transaction():
                plain.execute(f"CREATE TABLE {MOVING} (source text, stage text)")
                plain.execute(f"INSERT INTO {MOVING} VALUES (%s, %s)", [fingerprint, MAKING])  # noqa: S608 - the name of a table of ours
            return MAKING
        raise CommandError(f"The database {database_name()} is not empty: make a new one to move to.")
    source, stage = plain.execute(f"SELECT source, stage FROM {MOVING}").fetchone()  # noqa: S608 - the name of a table of ours
    if source != fingerprint:
        raise CommandError(
            f"The database in {settings.DATA_DIR} has changed since its move to {database_name()} was begun: drop that "
            "database, make it anew, and move again."
        )
    return str(stage)


def _copy(file: Sqlite, target: Postgresql, table: Table, advance: Advance) -> tuple[int, str]:
    tally = Tally()
    left = _left(file.rows(table), target.count(table), tally, advance)
    while batches := list(islice(left, BATCHES_A_COMMIT)):
        with connection.connection.transaction():
            target.write(table, batches)
    return tally.told


def _left(batches: Iterator[list[Row]], there: int, tally: Tally, advance: Advance) -> Iterator[Sequence[Row]]:
    """The rows behind the first `there`; all are tallied."""
    for rows in batches:
        tally.add(rows)
        advance(len(rows))
        if there < len(rows):
            yield rows[there:]
        there = max(0, there - len(rows))


def _fingerprint_of(source: Path) -> str:
    try:
        with closing(sqlite.connect(source)) as plain:
            is_alone = empty_log(plain)
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"The database {source} can't be read ({error}): there is nothing to move.") from None
    if not is_alone:
        raise CommandError(f"The database {source} is in use by another program: end that first.")
    return digest


def _require_this_version(file: Sqlite, source: Path) -> None:
    if {*file.migrations()} != {*MigrationLoader(None).disk_migrations}:
        raise CommandError(f"The database {source} is not of this version: start the server once without DATABASE_URL.")
