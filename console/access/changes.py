"""Changes that share a commit: those that arrive together are made in one transaction, each in a part of its own that
is taken back alone where it is refused, and none is answered before all are durable.

A commit costs as much as a small change, so this is for changes of one or two rows (`Pace.CHANGING`), on SQLite, in the
event loop: whoever changes in a thread has a transaction of his own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from console import sql
from console.access import stream


class Apart(BaseException):
    """Raised by a change that can't share its commit, before it changed anything: it is to be made again, apart.

    No Exception, since it is nobody's failure: nobody traces or answers it."""


class _Here(threading.local):
    """Whether this thread's changes share a commit now."""

    is_shared = False


_here = _Here()


@contextmanager
def change() -> Iterator[None]:
    """The transaction of a change: durable at its end, or where it shares a commit at the end of that."""
    with transaction.atomic(durable=not _here.is_shared):
        yield


def require_own() -> None:
    """Raise Apart where the change under way shares its commit: what follows takes its time, or commits by itself."""
    if _here.is_shared:
        raise Apart


@contextmanager
def one_commit() -> Iterator[None]:
    """The commit of all changes made within; `check_whole` after each.

    Raises BlockingIOError where another writer is at work, or nothing was traced yet by this process; the database's
    error where it can't be committed. Either way nothing was changed."""
    if not stream.is_open():
        raise BlockingIOError
    database, mark, committed = sql.database(), None, False
    try:
        with database.impatient(), transaction.atomic(durable=True):
            # The lock of the database comes first, so nobody in this process holds that of the stream.
            mark = stream.hold()
            _here.is_shared = True
            yield
        committed = True
    finally:
        _here.is_shared = False
        if mark is not None:
            stream.let_go(mark, committed=committed)


def check_whole() -> None:
    """OperationalError where a change failed in a way that ended the whole transaction: SQLite does so when the disk is
    full, and what followed would be written alone."""
    database = sql.database()
    if database.needs_rollback or not database.connection.in_transaction:
        raise OperationalError("The transaction ended early.")
