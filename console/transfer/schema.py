"""Tables made anew as a list of migrations makes them, on Django's own connection, and filled."""

from collections.abc import Iterable
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from console import VERSION
from console.transfer.backups import Description, Reading, Tallies
from console.transfer.progress import progress
from console.transfer.tables import Database, Migrations, Table, tally_of


def require_known_to_us(description: Description) -> None:
    """Refuse a backup that a newer program made of a newer database."""
    known = MigrationLoader(None).disk_migrations
    unknown = [f"{app}.{name}" for app, name in description.migrations if (app, name) not in known]
    if unknown:
        raise CommandError(
            f"The backup was made by version {description.program} of a database that this version ({VERSION}) does "
            f"not know ({unknown[0]}): use version {description.program} or a newer one."
        )


def migrate_to(migrations: Migrations) -> None:
    """Make the tables as these migrations do, on a database that has none."""
    _execute(migrations)


def migrate_on() -> None:
    """Bring the tables to this version, with what Django keeps of them."""
    executor = MigrationExecutor(connection)
    _execute(executor.loader.graph.leaf_nodes())
    call_command("migrate", interactive=False, verbosity=0)


def fill(database: Database, backup: Reading) -> None:
    """Put the rows of a backup into tables that its migrations made, and check them against its end.

    CommandError where they are not the same afterwards."""
    tables = {one.name: one for one in database.tables()}
    database.empty(reversed(tables.values()))
    for table, batches in backup.tables():
        database.write(_same(tables, table), batches)
    database.go_on_counting(tables.values())
    require_same(database, tables.values(), backup.whole.tables)


def require_same(database: Database, tables: Iterable[Table], expected: Tallies) -> None:
    """CommandError where a table does not hold what it should, to the last byte."""
    found = Tallies()
    with progress("Compare", sum(rows for rows, _ in expected.values())) as advance:
        for one in tables:
            found[one.name] = tally_of(database, one)
            advance(found[one.name][0])
    wrong = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    if wrong:
        raise CommandError(f"The table {wrong[0]} does not hold afterwards what it should.")


def check_foreign_keys() -> None:
    """Check the foreign keys of the transaction so far: PostgreSQL alters no table that has some to be checked."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _execute(targets: Iterable[tuple[str, str]]) -> None:
    def after_each(action: str, *_of_what: Any) -> None:
        if action == "apply_success":
            check_foreign_keys()

    MigrationExecutor(connection, progress_callback=after_each).migrate(list(targets))


def _same(tables: dict[str, Table], table: Table) -> Table:
    own = tables.get(table.name)
    if own is None or own.names != table.names:
        raise CommandError(f"The backup's table {table.name} is not as its migrations make it.")
    return own
