"""Where an installation lies: its database by a connection of its own, beside what Django does."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import Error, connection

from console.serving.database import unreachable
from console.transfer import sqlite
from console.transfer.postgresql import Postgresql
from console.transfer.sqlite import Sqlite
from console.transfer.tables import PROTECTION, Database


@contextmanager
def installation() -> Iterator[Database]:
    """The database that the settings name. CommandError where it can't be used."""
    try:
        with connection.wrap_database_errors:
            if connection.vendor == "sqlite":
                with sqlite_file(Path(connection.settings_dict["NAME"])) as file:
                    yield file
                return
            own = connection.copy()
            own.ensure_connection()
            try:
                yield Postgresql(own.connection)
            finally:
                own.close()
    except Error as error:
        raise CommandError(unreachable(error)) from None


@contextmanager
def sqlite_file(path: Path) -> Iterator[Sqlite]:
    """An SQLite file that is there."""
    with closing(sqlite.connect(path)) as opened:
        yield Sqlite(opened)


def is_lived_in(database: Database) -> bool:
    """Whether there is an installation in it: keys that a root key protects, not tables alone."""
    return any(one.name == PROTECTION and database.count(one) for one in database.tables())


def within_transaction() -> Postgresql:
    """The PostgreSQL database by Django's own connection, which is in a transaction."""
    connection.ensure_connection()
    return Postgresql(connection.connection)
