"""A connection to PostgreSQL that is given up rather than waited for, and that takes no half success for one.

A primary may stop in the middle of a statement, become a standby, or commit what its synchronous standby has not.
Whoever asked gets an OperationalError, and the connection is of no use any more: the next statement opens another.
"""

import time
from typing import Any, ClassVar, Final, NoReturn

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import Diagnostic, ReadOnlySqlTransaction, _WaitTimeout

AGAIN_AFTER: Final = 0.5
"""Seconds after a failed attempt in which nobody tries again: calls that wait in one thread would each wait as long."""


class Connection(psycopg.Connection[Any]):
    """psycopg's, bounded in time."""

    longest: ClassVar[float | None] = None
    """Seconds that this process waits for the answer to one statement; None for ever."""
    _given_up: ClassVar[tuple[float, str]] = (0.0, "")
    _is_alone = False

    @classmethod
    def reach(cls, **parameters: Any) -> "Connection":
        """Connect to the first host that takes writes. OperationalError where none does, or none did a moment ago."""
        until, reason = cls._given_up
        if time.monotonic() < until:
            raise psycopg.OperationalError(reason)
        try:
            made = cls.connect(**parameters)
        except psycopg.OperationalError as error:
            cls._give_up(str(error))
            raise
        made.add_notice_handler(made._notice)
        return made

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """What a statement brings; all that psycopg waits for goes through here."""
        patience = timeout or self.longest
        try:
            found = super().wait(gen, interval, patience)
        except _WaitTimeout:
            reason = f"no answer in {patience:g} seconds"
            self._give_up(reason)
            self._drop(reason)
        except ReadOnlySqlTransaction as error:  # a primary that has become a standby
            self._drop(str(error))
        if self._is_alone:
            self._drop("the commit is on no synchronous standby")
        return found

    def _drop(self, reason: str) -> NoReturn:
        self.pgconn.finish()
        raise psycopg.OperationalError(reason)

    def _notice(self, notice: Diagnostic) -> None:
        # A wait for the synchronous standby that was cancelled ends as a success with this warning.
        self._is_alone = self._is_alone or notice.source_function == "SyncRepWaitForLSN"

    @classmethod
    def _give_up(cls, reason: str) -> None:
        cls._given_up = time.monotonic() + AGAIN_AFTER, reason
