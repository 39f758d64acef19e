"""Threads that answer, of which it is known how many are at work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any


class Threads(ThreadPoolExecutor):
    """At most `most` threads; `under_way` is what they were given and have not done yet."""

    def __init__(self, most: int, name: str) -> None:
        super().__init__(most, thread_name_prefix=name)
        self.most, self.under_way = most, 0
        self._counting = Lock()

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        with self._counting:
            self.under_way += 1
        try:
            future = super().submit(work, *args, **kwargs)
        except BaseException:
            self._count_done()
            raise
        future.add_done_callback(self._count_done)
        return future

    def _count_done(self, _future: object = None) -> None:
        with self._counting:
            self.under_way -= 1
