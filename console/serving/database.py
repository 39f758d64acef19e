"""The database: reached, brought to this version, and made by one node at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger(__name__)

TURN = 0x6B6D7300  # "kms": the number of PostgreSQL's advisory lock that starting nodes take


def reach_database() -> None:
    """Connect to the database; CommandError says which one does not answer, and why."""
    try:
        connection.ensure_connection()
    except Error as error:
        raise CommandError(unreachable(error)) from None


def unreachable(error: Exception) -> str:
    """One sentence on a database that does not answer."""
    reason = str(error).strip().partition("\n")[0]
    advice = (
        "check DATABASE_URL and that it runs."
        if settings.DATABASE_URL
        else "restore it from a backup, or check DATA_DIR."
    )
    return f"The database {database_name()} can't be used ({reason}): {advice}"


def database_name() -> str:
    """The database as people may be told it: without user and password."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    return f"{database['NAME']} at {database['HOST'] or 'localhost'}:{database['PORT'] or 5432}"


@contextmanager
def in_turn() -> Iterator[None]:
    """Prepare the database while no other node does. With SQLite the lock on DATA_DIR is enough."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
        if cursor.fetchone() != (True,):
            logger.info("Another node prepares the database; waiting for it.")
            cursor.execute("SELECT pg_advisory_lock(%s)", [TURN])
    try:
        yield
    finally:
        # A connection that broke has given the lock back by itself.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def migrate() -> None:
    """Bring tables, content types and permissions to this version (17 ms where nothing is to be done).

    On SQLite all or nothing: Django notes some migrations only after their commit, and would make their tables again
    after a start that was killed in between."""
    if connection.vendor != "sqlite":
        _migrate()
        return
    with connection.constraint_checks_disabled(), transaction.atomic(durable=True):
        _migrate()


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    call_command("migrate", interactive=False, verbosity=0)
    if missing:
        logger.info("The database was brought to this version.", extra={"migrations": missing})


def require_migrated() -> None:
    """Refuse to work on a database that no server of this version has started on."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        raise CommandError(f"There is no database at {database_name()}: set DATA_DIR, or start the server once.")
    reach_database()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(f"The database {database_name()} is not of this version: start the server once.")


def leave_whole() -> None:
    """Once all workers have ended: bring SQLite's log into the database file, so that a copy of that file has all."""
    if connection.vendor == "sqlite":
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except Error as error:
            logger.warning("The log of the database stays beside it; the next start takes it in (%s).", error)
        connection.close()
