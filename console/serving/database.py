"""The database: reached, brought to this version, and made by one node at a time."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from console import VERSION
from console.serving.folder import require_not_moved
from console.sqlite.log import empty_log

logger = logging.getLogger(__name__)

MOVING = "kms_moving"
"""The table that a PostgreSQL database has while an installation is moved to it."""
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
    hosts = zip(database["HOST"].split(","), database["PORT"].split(","), strict=True)
    return f"{database['NAME']} at {', '.join(f'{host}:{port}' if host else 'localhost' for host, port in hosts)}"


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


@contextmanager
def alone(turn: str) -> Iterator[None]:
    """Hold what is done by one command at a time, as long as it runs: on PostgreSQL in the database, for all nodes.

    CommandError where another one holds it."""
    lock, is_held = -1, True
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [TURN, turn])
            is_held = cursor.fetchone() == (True,)
    else:
        lock = os.open(settings.DATA_DIR / f"{turn}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_held = False
    try:
        if not is_held:
            raise CommandError(f"Another {turn} is at work: wait for its end.")
        yield
    finally:
        if lock >= 0:
            os.close(lock)
        elif is_held and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [TURN, turn])


def require_known() -> None:
    """Refuse a database that a newer program has changed, and an SQLite file whose content was moved away."""
    if connection.vendor == "sqlite":
        require_not_moved()
        if not Path(connection.settings_dict["NAME"]).exists():
            raise CommandError(f"There is no database at {database_name()}: set DATA_DIR, or start the server once.")
    reach_database()
    if MOVING in connection.introspection.table_names():
        raise CommandError(
            f"A move to the database {database_name()} was not finished: run manage.py movedatabase as before."
        )
    loader = MigrationLoader(connection)
    unknown = [f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in loader.disk_migrations]
    if unknown:
        raise CommandError(
            f"The database {database_name()} was changed by a newer version than this one ({VERSION}), which does not "
            f"know {unknown[0]}: start the newer version, or restore a backup that was made before the upgrade."
        )


def pending_migrations() -> bool:
    """Whether the database is older than this program, or new."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


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
    require_known()
    if pending_migrations():
        raise CommandError(f"The database {database_name()} is not of this version: start the server once.")


def leave_whole() -> None:
    """Once all workers have ended: bring SQLite's log into the database file, so that a copy of that file has all."""
    if connection.vendor == "sqlite":
        try:
            connection.ensure_connection()
            with connection.wrap_database_errors:
                empty_log(connection.connection)
        except Error as error:
            logger.warning("The log of the database stays beside it; the next start takes it in (%s).", error)
        connection.close()
