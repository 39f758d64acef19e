"""Group commit: the traces of calls that arrive together share one transaction, and each call waits for it."""

import os
import threading
from queue import Empty, SimpleQueue

from django.db import Error, InterfaceError, OperationalError, connection, transaction

from console.access.stream import Record, Writing

BATCH = 256


class _Waiting:
    """A record whose caller waits until it is committed."""

    __slots__ = ("committed", "counted", "error", "record")

    def __init__(self, record: Record, *, counted: bool) -> None:
        self.record, self.counted = record, counted
        self.error: Exception | None = None
        self.committed = threading.Lock()
        self.committed.acquire()


class _Scribe:
    """The thread of this process that writes."""

    pid = 0
    queue: "SimpleQueue[_Waiting]" = SimpleQueue()
    beginning = threading.Lock()


def write(record: Record, *, counted: bool) -> None:
    """Commit `record`, together with whatever others wait, and return when it is durable.

    Raises the database's error where it could not be written."""
    if _Scribe.pid != os.getpid():
        _begin()
    waiting = _Waiting(record, counted=counted)
    _Scribe.queue.put(waiting)
    waiting.committed.acquire()
    if waiting.error is not None:
        raise waiting.error


def _begin() -> None:
    with _Scribe.beginning:
        if _Scribe.pid != os.getpid():  # a forked process has none of its parent's threads
            _Scribe.queue = SimpleQueue()
            threading.Thread(target=_serve, args=(_Scribe.queue,), name="scribe", daemon=True).start()
            _Scribe.pid = os.getpid()


def _serve(queue: "SimpleQueue[_Waiting]") -> None:
    while True:
        batch = [queue.get()]
        while len(batch) < BATCH:
            try:
                batch.append(queue.get_nowait())
            except Empty:
                break
        error = _commit(batch)
        for one in batch:
            one.error = error
            one.committed.release()


def _commit(batch: list[_Waiting]) -> Exception | None:
    writing, committed = None, False
    try:
        connection.close_if_unusable_or_obsolete()
        with transaction.atomic(durable=True):
            writing = Writing([one.record for one in batch], [one.record for one in batch if one.counted])
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
