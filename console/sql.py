"""Reading by hand-written SQL where the ORM would cost more than the database.

A `Query` goes to the driver without Django's cursor around it: the statement stays prepared, and a read by an index
costs 10 microseconds instead of 370. Errors are Django's own all the same.
"""

import os
import sqlite3
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, Error, InterfaceError, OperationalError, connections
from django.db.models import BooleanField, Model
from django.db.models.base import ModelState

Row = tuple[Any, ...]
State = tuple[int, ...]
IS_SQLITE = settings.DATABASES[DEFAULT_DB_ALIAS]["ENGINE"] == "console.sqlite"
LOCKED = "" if IS_SQLITE else " FOR NO KEY UPDATE"
"""Ends a SELECT whose rows are to be locked; SQLite has but one writer."""
AnyModel = TypeVar("AnyModel", bound=Model)


def is_unusable(error: BaseException | None) -> bool:
    """Whether an error says that the database can't be used: it does not answer, has no room, or is damaged.

    Damage is a bare DatabaseError of SQLite's, and on PostgreSQL an internal error (XX...)."""
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return True
    return isinstance(error, Error) and str(getattr(error.__cause__, "sqlstate", "")).startswith("XX")


class Query:
    """A SELECT with `%s` for each parameter."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.replace("%s", "?") if IS_SQLITE else text

    def rows(self, *parameters: Any) -> list[Row]:
        """All rows."""
        wrapper = database()
        with wrapper.wrap_database_errors:
            if IS_SQLITE and not wrapper.in_atomic_block and wrapper is not _thread.own:
                return _reader.rows(self._text, parameters)
            try:
                return self._read(wrapper, parameters)
            except wrapper.Database.OperationalError:
                if wrapper.in_atomic_block:
                    raise
                wrapper.close()  # the database was restarted, say: a reading may be done once more
                return self._read(wrapper, parameters)

    def _read(self, wrapper: Any, parameters: Sequence[Any]) -> list[Row]:
        wrapper.ensure_connection()
        found: list[Row] = wrapper.connection.execute(self._text, parameters).fetchall()
        return found


class _Thread(threading.local):
    """The connection that this thread reads by too, where it has one, and how many rows of traces it wrote by it."""

    own: Any = None
    traced = 0
    state: State | None = None


_thread = _Thread()


def database() -> Any:
    """Django's connection of this thread. Ask once: each look through Django's proxy takes 4 microseconds."""
    return _thread.own or connections[DEFAULT_DB_ALIAS]


def read_by_own_connection() -> None:
    """Have this thread read through the connection by which it writes: its pages outlive its own commits, so that it is
    worth keeping 16 MiB of them."""
    _thread.own = connections[DEFAULT_DB_ALIAS]
    _thread.own.ensure_connection()
    _thread.own.connection.execute("PRAGMA cache_size = -16384")


def state() -> State | None:
    """What stays the same as long as nobody wrote anything but the event loop its traces; None where that isn't known.

    SQLite alone can tell, for the price of a look at its write-ahead log (`PRAGMA data_version`): what was read at the
    same state needs no second reading. The loop looks; a thread that answers for it goes by what the loop saw."""
    own = _thread.own
    if own is None:
        return None if _thread.state is None or database().in_atomic_block else _thread.state
    if own.in_atomic_block or own.connection is None:
        return None
    connection, seen = own.connection, _thread.state
    changes = connection.total_changes - _thread.traced
    if seen is not None and seen[1] == changes:
        return seen
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return version, changes, id(connection)


def wait_at_most(seconds: float) -> None:
    """Have this process wait so long for each statement on PostgreSQL, and for its commit, and no longer."""
    if not IS_SQLITE:
        from console.postgresql.connection import Connection  # psycopg takes memory that SQLite has no need of

        Connection.longest = seconds


@contextmanager
def at_state(seen: State | None) -> Iterator[None]:
    """Take what was seen of the state for all that is read within: for calls that came before it was looked at, so that
    what others change meanwhile may as well have come after them. What the loop itself changes is seen at once."""
    _thread.state = seen
    try:
        yield
    finally:
        _thread.state = None


class _Reader:
    """One SQLite connection for all threads' reading outside of transactions.

    A connection forgets all its pages when another has written; with one each, every thread would read anew what the
    others have just read."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def rows(self, text: str, parameters: Sequence[Any]) -> list[Row]:
        with self._turn:
            if self._connection is None or self._pid != os.getpid():
                self._connection, self._pid = _connect(), os.getpid()
            try:
                return self._connection.execute(text, parameters).fetchall()
            except sqlite3.Error:
                self._connection.close()  # the next reading begins anew
                self._connection = None
                raise


def _connect() -> sqlite3.Connection:
    path = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    # Only to read, and never to make a file that is not there.
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False, timeout=20)


_reader = _Reader()


class Change:
    """An INSERT or UPDATE with `%s` for each parameter, for many rows, within a transaction."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.replace("%s", "?") if IS_SQLITE else text

    def of_rows(self, rows: Sequence[Sequence[Any]]) -> int:
        """Do it for each row; how many rows of the database that made or changed."""
        wrapper = database()
        # Closed at once: a refusal's traceback keeps it, and so SQLite keeps a connection that is closed meanwhile.
        with wrapper.wrap_database_errors, closing(wrapper.connection.cursor()) as cursor:
            cursor.executemany(self._text, rows)
            changed: int = cursor.rowcount
        return max(changed, 0)  # -1 where there were no rows to do it for


@contextmanager
def quick_transaction(*, patient: bool = True) -> Iterator[None]:
    """A transaction of `Change`s alone: without what `atomic` keeps books of, which takes longer than they do.

    On SQLite, BlockingIOError unless `patient`, where another writer is at work."""
    wrapper = database()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if not IS_SQLITE:
            with wrapper.connection.transaction():
                yield
            return
        wrapper.begin(patient=patient)
        connection = wrapper.connection
        before = connection.total_changes
        try:
            yield
        except BaseException:
            connection.rollback()
            raise
        else:
            connection.commit()
            _thread.traced += connection.total_changes - before
        finally:
            wrapper.end()


def insert(row: Model) -> None:
    """Write a new row as `save(force_insert=True)` does, without building the statement anew (40 microseconds instead
    of 330), and without signals. Within a transaction."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    values = [one.get_db_prep_save(one.pre_save(row, add=True), wrapper) for one in _stored(type(row))]
    _insert_of(type(row)).of_rows([values])
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _stored(model: type[Model]) -> list[Any]:
    """The columns of a model but the number that the database gives each row by itself."""
    return [one for one in model._meta.concrete_fields if not (one.primary_key and one.db_returning)]


@cache
def _insert_of(model: type[Model]) -> Change:
    names = [f'"{one.column}"' for one in _stored(model)]
    places = ", ".join(["%s"] * len(names))
    return Change(f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)}) VALUES ({places})')  # noqa: S608 - names of the model alone


def fields(model: type[Model], *names: str) -> tuple[str, ...]:
    """Columns of a model, in the order of its fields."""
    return tuple(one.attname for one in model._meta.concrete_fields if one.attname in names)


def instance(model: type[AnyModel], names: Sequence[str], values: Sequence[Any], **related: Model) -> AnyModel:
    """What `Model.from_db` makes of these columns, without its signals (2 microseconds instead of 20); columns that
    are not named are read when they are asked for. `related` are the objects that foreign keys lead to.

    SQLite's numbers become the booleans that they stand for; of other kinds a column is what the driver makes of it."""
    made = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, "default"
    state.fields_cache.update(related)
    made.__dict__.update(zip(names, values, strict=True), _state=state)
    for flag in _flags(model, tuple(names)):
        made.__dict__[flag] = bool(made.__dict__[flag])
    return made


@cache
def _flags(model: type[Model], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these columns that are true or false."""
    flags = {one.attname for one in model._meta.concrete_fields if isinstance(one, BooleanField)}
    return tuple(name for name in names if name in flags)


def uuid_parameter(value: uuid.UUID) -> Any:
    """A UUID as the database compares it."""
    return value.hex if IS_SQLITE else value


def moment_parameter(moment: datetime) -> Any:
    """A time in UTC as the database stores and compares it."""
    return moment.isoformat(" ").removesuffix("+00:00") if IS_SQLITE else moment


def moment_of(value: Any) -> datetime:
    """What the database stores of a time, as a time in UTC."""
    moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def now_parameter() -> Any:
    """The present time as the database compares it."""
    return moment_parameter(datetime.now(UTC))


def places(parameters: Collection[Any]) -> str:
    """A `%s` for each parameter, for the values of an IN."""
    return ", ".join(["%s"] * len(parameters))


def uuid_of(value: Any) -> uuid.UUID:
    """A UUID column's value as a UUID."""
    return uuid.UUID(value) if isinstance(value, str) else value


def uuid_text(value: Any) -> str:
    """A UUID column's value as text with dashes."""
    if isinstance(value, str):
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return str(value)


def milliseconds(column: str) -> str:
    """SQL for a time column as milliseconds since 1970, as text."""
    if not IS_SQLITE:
        return f"CAST(CAST(FLOOR(EXTRACT(EPOCH FROM {column}) * 1000) AS bigint) AS text)"
    return f"CAST(unixepoch({column}) * 1000 + CAST(substr({column}, 21, 3) AS integer) AS text)"
