"""Group commit: the traces of calls that arrive together share one transaction, and each call waits for it.

The writer waits for those that are about to come: until every request under way has brought its record, or
LONGEST_WAIT has passed. A commit costs as much as ten records, so fuller batches serve everybody sooner.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from django.db import Error, InterfaceError, OperationalError, connection, transaction

from console import sql
from console.access import stream
from console.access.stream import Record, Writing

BATCH: Final = 256
LONGEST_WAIT: Final = 0.002
"""Seconds."""


class _Waiting:
    """The records of one call, whose caller waits until they are committed."""

    __slots__ = ("committed", "counted", "error", "records")

    def __init__(self, records: Sequence[Record], *, counted: bool) -> None:
        self.records, self.counted = records, counted
        self.error: Exception | None = None
        self.committed = threading.Lock()
        self.committed.acquire()


class _Writer:
    """The thread of this process that writes, what waits for it, and what it waits for."""

    def __init__(self) -> None:
        self.pid = 0
        self.lock = threading.Lock()
        self.waiting: deque[_Waiting] = deque()
        self.coming: set[int] = set()  # threads whose request is under way and has brought no record yet
        self.some = threading.Semaphore(0)
        self.all = threading.Event()

    def put(self, one: _Waiting) -> None:
        with self.lock:
            self.coming.discard(threading.get_ident())
            self.waiting.append(one)
            is_first, is_last = len(self.waiting) == 1, not self.coming
        if is_last:
            self.all.set()
        if is_first:
            self.some.release()

    def take(self) -> list[_Waiting]:
        """The next batch, as soon as nobody else is coming."""
        self.some.acquire()
        if self.coming:
            self.all.clear()
            if self.coming:
                self.all.wait(LONGEST_WAIT)
        with self.lock:
            batch = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            if self.waiting:
                self.some.release()
        return batch


class _Process:
    """The writer of this process; a forked process has none of its parent's threads, and begins another."""

    writer = _Writer()
    beginning = threading.Lock()


def expect() -> None:
    """The request of this thread is under way and will likely bring a record."""
    writer = _Process.writer
    with writer.lock:
        writer.coming.add(threading.get_ident())


def expect_no_more() -> None:
    """The request of this thread is answered, with or without a record."""
    writer = _Process.writer
    with writer.lock:
        writer.coming.discard(threading.get_ident())
        is_last = not writer.coming
    if is_last:
        writer.all.set()


def write(records: Sequence[Record], *, counted: bool) -> None:
    """Commit the records of a call, together with whatever others wait, and return when they are durable; the first of
    them is counted as a call of the API where `counted`.

    Raises the database's error where it could not be written."""
    if _Process.writer.pid != os.getpid():
        _begin()
    waiting = _Waiting(records, counted=counted)
    _Process.writer.put(waiting)
    waiting.committed.acquire()
    if waiting.error is not None:
        raise waiting.error


def _begin() -> None:
    with _Process.beginning:
        if _Process.writer.pid != os.getpid():
            _Process.writer = _Writer()
            _Process.writer.pid = os.getpid()
            threading.Thread(target=_serve, args=(_Process.writer,), name="scribe", daemon=True).start()


def _serve(writer: _Writer) -> None:
    while True:
        batch = writer.take()
        error = _commit(batch)
        for one in batch:
            one.error = error
            one.committed.release()


def _commit(batch: list[_Waiting]) -> Exception | None:
    writing, committed = None, False
    try:
        connection.close_if_unusable_or_obsolete()
        connection.close_if_health_check_failed()
        # A stream is opened once, by the ORM, which knows of no other transactions than its own.
        with sql.quick_transaction() if stream.is_open() else transaction.atomic(durable=True):
            records = [record for one in batch for record in one.records]
            writing = Writing(records, [one.records[0] for one in batch if one.counted])
        committed = True
    except Error as error:
        is_down = isinstance(error, OperationalError | InterfaceError)
        return error if is_down else OperationalError(f"The trace could not be written: {type(error).__name__}.")
    except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
        return error
    finally:
        if writing is not None:
            writing.close(committed=committed)
    return None
