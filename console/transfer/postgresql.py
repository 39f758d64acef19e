"""The tables of a PostgreSQL database, read and written by COPY."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management.base import CommandError
from psycopg import sql

from console.serving.database import MOVING
from console.transfer.tables import (
    BATCH,
    LEFT_OUT,
    Column,
    Database,
    Kind,
    Migrations,
    Row,
    Table,
    canonical_json,
    in_order,
    is_ours,
)

KINDS = {
    "varchar": Kind.TEXT,
    "text": Kind.TEXT,
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "bool": Kind.BOOLEAN,
    "timestamptz": Kind.MOMENT,
    "date": Kind.DAY,
    "uuid": Kind.UUID,
    "bytea": Kind.BYTES,
    "jsonb": Kind.JSON,
}
# How a column is read, and the type that it is read as.
READ = {
    Kind.TEXT: ("{}::text", "text"),
    Kind.INTEGER: ("{}::int8", "int8"),
    Kind.BOOLEAN: ("{}::int::int8", "int8"),
    Kind.MOMENT: ("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "text"),
    Kind.DAY: ("to_char({}, 'YYYY-MM-DD')", "text"),
    Kind.UUID: ("replace({}::text, '-', '')", "text"),
    Kind.BYTES: ("{}", "bytea"),
    Kind.JSON: ("{}::text", "text"),
}
# Partitions are read through the table that they are of.
TABLES = """
SELECT c.oid, c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
COLUMNS = """
SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
"""
FOREIGN_KEYS = """
SELECT one.relname, other.relname FROM pg_constraint f
JOIN pg_class one ON one.oid = f.conrelid JOIN pg_class other ON other.oid = f.confrelid
WHERE f.contype = 'f' AND one.relnamespace = current_schema()::regnamespace
"""
SEQUENCES = """
SELECT a.attname, pg_get_serial_sequence(quote_ident(%(table)s), a.attname) FROM pg_attribute a
WHERE a.attrelid = quote_ident(%(table)s)::regclass AND a.attnum > 0 AND NOT a.attisdropped
AND pg_get_serial_sequence(quote_ident(%(table)s), a.attname) IS NOT NULL
"""

OTHERS = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
"""


class Postgresql(Database):
    """A PostgreSQL database by a connection that commits by itself, or within the caller's transaction."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def migrations(self) -> Migrations:
        if not self.has("django_migrations"):
            return []
        return self._connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()

    def tables(self) -> list[Table]:
        applied, leads_to = self.migrations(), defaultdict[str, list[str]](list)
        for one, other in self._connection.execute(FOREIGN_KEYS):
            leads_to[one].append(other)
        found = self._connection.execute(TABLES).fetchall()
        return in_order([self._table(oid, name) for oid, name in found if is_ours(name, applied)], leads_to)

    def count(self, table: Table) -> int:
        statement = sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table.name))
        return int((self._connection.execute(statement).fetchone() or [0])[0])

    def rows(self, table: Table) -> Iterator[list[Row]]:
        read = [sql.SQL(READ[kind][0]).format(sql.Identifier(name)) for name, kind in table.columns]
        statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT BINARY)").format(
            sql.SQL(", ").join(read), sql.Identifier(table.name)
        )
        places = [place for place, one in enumerate(table.columns) if one.kind is Kind.JSON]
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([READ[one.kind][1] for one in table.columns])
            batch: list[Row] = []
            for row in copy.rows():
                batch.append(_with_canonical_json(row, places) if places else row)
                if len(batch) == BATCH:
                    yield batch
                    batch = []
            if batch:
                yield batch

    def query(self, statement: str) -> list[Row]:
        return self._connection.execute(statement.encode()).fetchall()

    def write(self, table: Table, batches: Iterable[Sequence[Row]]) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.names))
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for rows in batches:
                for row in rows:
                    copy.write_row(row)

    def empty(self, tables: Iterable[Table]) -> None:
        names = [sql.Identifier(one.name) for one in tables]
        self._connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(names)))

    def go_on_counting(self, tables: Iterable[Table]) -> None:
        for table in tables:
            for column, sequence in self._connection.execute(SEQUENCES, {"table": table.name}).fetchall():
                statement = sql.SQL(
                    "SELECT setval(%s::regclass, MAX({}) + 1, FALSE) FROM {} HAVING MAX({}) > 0"
                ).format(*map(sql.Identifier, (column, table.name, column)))
                self._connection.execute(statement, [sequence])

    def has(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return self._connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,)

    def is_empty(self) -> bool:
        """Whether there are no tables at all, whosever."""
        return not self._connection.execute(TABLES).fetchall()

    def drop_all(self) -> None:
        """Drop every table of the installation, the list of migrations, and what a move that was broken off left."""
        applied, others = self.migrations(), {*LEFT_OUT, MOVING}
        found = [name for _, name in self._connection.execute(TABLES) if is_ours(name, applied) or name in others]
        if found:
            names = sql.SQL(", ").join(map(sql.Identifier, found))
            self._connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(names))

    def others_connected(self) -> int:
        """How many other sessions use this database."""
        return int((self._connection.execute(OTHERS).fetchone() or [0])[0])

    def _table(self, oid: int, name: str) -> Table:
        columns = self._connection.execute(COLUMNS, [oid])
        return Table(name, tuple(sorted(Column(one, _kind_of(name, one, kind)) for one, kind in columns)))


def _kind_of(table: str, column: str, kind: str) -> Kind:
    try:
        return KINDS[kind]
    except KeyError:
        raise CommandError(f"The column {column} of {table} is of a kind that can't be carried: {kind}.") from None


def _with_canonical_json(row: Row, places: list[int]) -> Row:
    changed = list(row)
    for place in places:
        changed[place] = canonical_json(changed[place])
    return changed
