"""Group commit: the traces of calls that arrive together share one transaction, and each call waits for it.

On SQLite the event loop commits, between answering calls: no thread is woken for it. It hands the batch to a thread
where another writer holds the database. On PostgreSQL, and where no loop serves, a thread of its own commits. Either
way one batch is under way at a time, and the next one gathers meanwhile.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from functools import partial
from typing import Final, Protocol, TypeVar

from django.db import Error, OperationalError, transaction

from console import metrics, sql
from console.access import stream
from console.access.batches import Batches
from console.access.stream import Record, Writing

logger = logging.getLogger(__name__)

Made = TypeVar("Made")
BATCH: Final = 256


class Waiting:
    """The records of one call, which wait until they are committed, and who is to hear of it."""

    __slots__ = ("counted", "records", "tell")

    def __init__(
        self, records: Sequence[Record], counted: bool, tell: Callable[[Exception | None], None] | None = None
    ) -> None:
        self.records, self.counted, self.tell = records, counted, tell


class _Heard:
    """What a thread waits at."""

    __slots__ = ("error", "lock")

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.lock = threading.Lock()
        self.lock.acquire()

    def tell(self, error: Exception | None) -> None:
        self.error = error
        self.lock.release()


class _Scribe(Protocol):
    """Who commits in this process: `queue` takes a record from any thread; its length is how many wait."""

    def queue(self, one: Waiting) -> None: ...

    def __len__(self) -> int: ...


class _Thread(_Scribe):
    """A thread that commits."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: list[Waiting] = []
        self.some = threading.Semaphore(0)
        threading.Thread(target=self._serve, name="scribe", daemon=True).start()

    def __len__(self) -> int:
        return len(self.waiting)

    def queue(self, one: Waiting) -> None:
        with self.lock:
            self.waiting.append(one)
            is_first = len(self.waiting) == 1
        if is_first:
            self.some.release()

    def _serve(self) -> None:
        while True:
            self.some.acquire()
            with self.lock:
                batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
                if self.waiting:
                    self.some.release()
            _tell(batch, _commit(batch))


class _Loop(_Scribe):
    """The event loop as the one who commits, on SQLite."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        self.loop = loop
        self.batches = Batches(loop, context, self._begin, BATCH)
        self.put = self.batches.put

    def __len__(self) -> int:
        return len(self.batches)

    def queue(self, one: Waiting) -> None:
        self.loop.call_soon_threadsafe(self.put, one)

    def _begin(self, batch: list[Waiting]) -> None:
        try:
            error = _commit(batch, patient=False)
        except BlockingIOError:
            self.loop.run_in_executor(None, self._commit_apart, batch)
            return
        self._end(batch, error)

    def _commit_apart(self, batch: list[Waiting]) -> None:
        error = _commit(batch)
        self.loop.call_soon_threadsafe(self._end, batch, error)

    def _end(self, batch: list[Waiting], error: Exception | None) -> None:
        _tell(batch, error)
        self.batches.done(len(batch))


class _Process:
    """The scribe of this process; a forked process has none of its parent's threads, and begins another."""

    scribe: _Scribe | None = None
    pid = 0
    beginning = threading.Lock()


class _Gathered(threading.local):
    """What the call that this thread is answering has to say to the scribe, where it is not to wait."""

    records: list[Waiting] | None = None


_here = _Gathered()


def commit_in(loop: asyncio.AbstractEventLoop, context: Context) -> None:
    """Have this event loop commit from now on, in a context whose database connection is the loop's own."""
    _Process.scribe, _Process.pid = _Loop(loop, context), os.getpid()


def waiting() -> int:
    """How many calls wait for their traces' commit to begin."""
    return len(_Process.scribe) if _Process.scribe is not None else 0


def gathered(work: Callable[[], Made]) -> tuple[Made, list[Waiting]]:
    """What `work` makes, and what it wrote meanwhile without waiting: whoever answers shows nothing of it before
    `when_committed` tells so."""
    records: list[Waiting] = []
    _here.records = records
    try:
        return work(), records
    finally:
        _here.records = None


def when_committed(records: list[Waiting], tell: Callable[[bool], None]) -> None:
    """Commit what was gathered, with whatever others wait, and tell whether all of it is durable. In the loop, which
    hears of it too."""
    scribe, loop = _scribe(), asyncio.get_running_loop()
    outstanding, errors = len(records), 0

    def one_is_done(error: Exception | None) -> None:
        nonlocal outstanding, errors
        outstanding -= 1
        errors += error is not None
        if not outstanding:
            tell(not errors)

    for one in records:
        if isinstance(scribe, _Loop):
            one.tell = one_is_done
            scribe.put(one)
        else:
            one.tell = partial(_tell_from_afar, loop, one_is_done)
            scribe.queue(one)


def write(records: Sequence[Record], *, counted: bool) -> None:
    """Commit the records of a call, together with whatever others wait, and return when they are durable; the first of
    them is counted as a call of the API where `counted`.

    Raises the database's error where it could not be written."""
    if _here.records is not None:
        _here.records.append(Waiting(records, counted))
        return
    heard = _Heard()
    _scribe().queue(Waiting(records, counted, heard.tell))
    heard.lock.acquire()
    if heard.error is not None:
        raise heard.error


def _tell_from_afar(
    loop: asyncio.AbstractEventLoop, tell: Callable[[Exception | None], None], error: Exception | None
) -> None:
    loop.call_soon_threadsafe(tell, error)


def _scribe() -> _Scribe:
    scribe = _Process.scribe
    if scribe is not None and _Process.pid == os.getpid():
        return scribe
    with _Process.beginning:
        if _Process.scribe is None or _Process.pid != os.getpid():
            _Process.scribe, _Process.pid = _Thread(), os.getpid()
        return _Process.scribe


def _tell(batch: list[Waiting], error: Exception | None) -> None:
    for one in batch:
        if one.tell is not None:
            one.tell(error)


def _commit(batch: list[Waiting], *, patient: bool = True) -> Exception | None:
    """Write a batch; what went wrong. Raises BlockingIOError where it is not to wait for another writer."""
    writing, committed, begun = None, False, time.perf_counter()
    try:
        database = sql.database()
        database.close_if_unusable_or_obsolete()
        database.close_if_health_check_failed()
        # A stream is opened once, by the ORM, which knows of no other transactions than its own.
        with sql.quick_transaction(patient=patient) if stream.is_open() else transaction.atomic(durable=True):
            records = [record for one in batch for record in one.records]
            writing = Writing(records, [one.records[0] for one in batch if one.counted])
        committed = True
    except BlockingIOError:
        raise
    except Error as error:
        _note_failure(batch, error)
        if sql.is_unusable(error):
            return error
        return OperationalError(f"The trace could not be written: {type(error).__name__}.")
    except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
        _note_failure(batch, error)
        return error
    finally:
        if writing is not None:
            writing.close(committed=committed)
    metrics.COMMIT_CALLS.observe(len(batch))
    metrics.COMMIT_SECONDS.observe(time.perf_counter() - begun)
    return None


def _note_failure(batch: list[Waiting], error: Exception) -> None:
    metrics.COMMIT_FAILURES.inc()
    logger.error("Traces could not be written: their calls are refused.", exc_info=error, extra={"calls": len(batch)})
