"""The request that is being served, as log lines and metrics name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

UNKNOWN: Final = "unknown"


class Served:
    """A request: its id, which is made here and taken from nobody, and the name of what it asks for, a call of the API
    or a view; UNKNOWN where there is none of that name."""

    __slots__ = ("operation", "request_id")

    def __init__(self, request_id: str, operation: str = UNKNOWN) -> None:
        self.request_id, self.operation = request_id, operation


now: ContextVar[Served | None] = ContextVar("served", default=None)
"""What this thread, or the event loop, is at; None between requests."""


@contextmanager
def in_turn() -> Iterator[None]:
    """Within it `now` is set to one request after the other; behind it this thread is at none of them any more.

    To set it back for each would cost a fiftieth of a quick call."""
    try:
        yield
    finally:
        now.set(None)
