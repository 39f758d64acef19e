"""What arrives in the event loop, handed on in batches.

A commit costs as much as ten records, so a batch waits a little for those who were there a moment ago: the callers of
the last one, who mostly come again at once."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Final, Generic, TypeVar

One = TypeVar("One")
LONGEST_WAIT: Final = 0.0005
"""Seconds."""


class Batches(Generic[One]):
    """One batch of at most `most` is under way at a time, from `work` to `done`; the next one gathers meanwhile."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        work: Callable[[list[One]], None],
        most: int,
        *,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._loop, self._context, self._work, self._most = loop, context, work, most
        self._longest_wait = longest_wait
        self._waiting: list[One] = []
        self._expected = 1
        self._is_under_way = False
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many wait for the next batch."""
        return len(self._waiting)

    def put(self, one: One) -> None:
        """In the loop: it is worked on once all who are expected have come, or after `longest_wait` seconds."""
        self._waiting.append(one)
        if not self._is_under_way:
            self._wait()

    def done(self, number: int) -> None:
        """The batch under way, of so many, is done."""
        self._is_under_way = False
        self._expected = number + len(self._waiting)
        if self._waiting:
            self._wait()

    def _wait(self) -> None:
        if not self._longest_wait or len(self._waiting) >= min(self._expected, self._most):
            self._begin_soon()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._longest_wait, self._begin_soon)

    def _begin_soon(self) -> None:
        self._is_under_way = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._loop.call_soon(self._begin, context=self._context)

    def _begin(self) -> None:
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        self._work(batch)
