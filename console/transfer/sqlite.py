"""The tables of an SQLite file."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management.base import CommandError

from console.sql import moment_of
from console.transfer.tables import (
    BATCH,
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
    "bool": Kind.BOOLEAN,
    "datetime": Kind.MOMENT,
    "date": Kind.DAY,
    "char(32)": Kind.UUID,
    "blob": Kind.BYTES,
    "text": Kind.TEXT,
}
BUSY = 20.0


class Sqlite(Database):
    """An SQLite database by a connection that commits by itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("canonical_json", 1, canonical_json, deterministic=True)
        connection.create_function("canonical_moment", 1, _canonical_moment, deterministic=True)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # a snapshot begins with a reading
            yield
        finally:
            self._connection.rollback()

    def migrations(self) -> Migrations:
        if not self._column("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'django_migrations'"):
            return []
        return list(self._connection.execute("SELECT app, name FROM django_migrations ORDER BY id"))

    def tables(self) -> list[Table]:
        applied = self.migrations()
        found = self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [self._table(name, text) for name, text in found if is_ours(name, applied)]
        leads_to = {
            one.name: self._column('SELECT "table" FROM pragma_foreign_key_list(?)', one.name) for one in tables
        }
        return in_order(tables, leads_to)

    def count(self, table: Table) -> int:
        (number,) = self._column(f'SELECT COUNT(*) FROM "{table.name}"')  # noqa: S608 - names from the schema of our own tables
        return int(number)

    def rows(self, table: Table) -> Iterator[list[Row]]:
        columns = ", ".join(map(_read, table.columns))
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY rowid')  # noqa: S608 - names from the schema of our own tables
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def query(self, statement: str) -> list[Row]:
        return self._connection.execute(statement).fetchall()

    def write(self, table: Table, batches: Iterable[Sequence[Row]]) -> None:
        names, values = ", ".join(f'"{one}"' for one in table.names), ", ".join(map(_written, table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({values})'  # noqa: S608 - names from the schema of our own tables
        for rows in batches:
            self._connection.executemany(statement, rows)

    def empty(self, tables: Iterable[Table]) -> None:
        for table in tables:
            self._connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - names from the schema of our own tables

    def go_on_counting(self, tables: Iterable[Table]) -> None:
        pass  # SQLite notes the highest number with each row that is written

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Fill a file that nobody else uses and that counts for nothing before: all in one transaction, indexes built
        in the end. sqlite3.IntegrityError where a foreign key leads nowhere."""
        self._connection.executescript(
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN"
        )
        indexes = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            self._connection.execute(f'DROP INDEX "{name}"')
        yield
        for _, text in indexes:
            self._connection.execute(text)
        if self._connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.IntegrityError("a foreign key leads nowhere")
        self._connection.commit()

    def _table(self, name: str, text: str) -> Table:
        columns = self._connection.execute("SELECT name, lower(type) FROM pragma_table_info(?)", [name])
        return Table(name, tuple(sorted(Column(one, _kind_of(name, one, kind, text)) for one, kind in columns)))

    def _column(self, statement: str, *parameters: object) -> list[str]:
        return [value for (value,) in self._connection.execute(statement, parameters)]


def connect(path: Path, *, to_write: bool = False) -> sqlite3.Connection:
    """A connection to a file that is there, which commits by itself."""
    mode = "rwc" if to_write else "rw"  # a reader takes part in the log beside the file, and so writes its index
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY)


def _kind_of(table: str, column: str, kind: str, text: str) -> Kind:
    if f'json_valid("{column}")' in text.lower():
        return Kind.JSON
    if kind in KINDS:
        return KINDS[kind]
    if "int" in kind:
        return Kind.INTEGER
    if kind.startswith("varchar"):
        return Kind.TEXT
    raise CommandError(f"The column {column} of {table} is of a kind that can't be carried: {kind}.")


def _read(column: Column) -> str:
    name = f'"{column.name}"'
    if column.kind is Kind.MOMENT:
        cases = f"WHEN 26 THEN {name} WHEN 19 THEN {name} || '.000000' ELSE canonical_moment({name})"
        return f"CASE length({name}) {cases} END"
    return f"canonical_json({name})" if column.kind is Kind.JSON else name


def _written(column: Column) -> str:
    # As Django writes a time that falls on a second: SQLite compares times as texts.
    return "replace(?, '.000000', '')" if column.kind is Kind.MOMENT else "?"


def _canonical_moment(text: str | None) -> str | None:
    if text is None:
        return None
    return moment_of(text).isoformat(" ", timespec="microseconds").removesuffix("+00:00")
