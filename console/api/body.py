"""The body of a request, read as it comes: bounded in length and in time, and no thread waits for it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from console.api.errors import BodyIncomplete, BodyTooLong

LONGEST: Final = 64 * 1024
LONGEST_DRAINED: Final = 8 * 1024 * 1024
SECONDS: Final = 10.0
"""How long a client may take to send a body."""


async def read_body(header_named: Callable[[str], str | None], stream: Any, longest: int = LONGEST) -> bytes:
    """The bytes of the body that `stream` (RSGI's protocol) brings, at most `longest`.

    Raises BodyTooLong, after reading on a while, so that the client is still listening when the answer comes;
    BodyIncomplete where it ends early or takes longer than SECONDS."""
    said = header_named("content-length")
    if said == "0" or not (said or header_named("transfer-encoding")):
        return b""
    with _patience.over(asyncio.current_task()):
        try:
            if said and len(said) < 9 and int(said) <= longest:
                whole: bytes = await stream()
                return whole
            return await _bounded(stream, longest)
        except (RuntimeError, ValueError, OSError):
            raise BodyIncomplete() from None


class _Patience:
    """Ends the tasks that read a body for too long: one look at all of them a second, where a timer for each would
    cost more than the reading."""

    def __init__(self) -> None:
        self.since: dict[asyncio.Task[Any], float] = {}
        self.is_looking = False

    @contextmanager
    def over(self, task: asyncio.Task[Any] | None) -> Iterator[None]:
        """Cancelled after SECONDS, which becomes BodyIncomplete."""
        assert task is not None  # noqa: S101 - only tasks await
        if not self.is_looking:
            self.is_looking = True
            asyncio.get_running_loop().call_later(1, self._look)
        self.since[task] = time.monotonic()
        try:
            yield
        except asyncio.CancelledError:
            if task in self.since:
                raise
            task.uncancel()
            raise BodyIncomplete() from None
        finally:
            self.since.pop(task, None)

    def _look(self) -> None:
        end = time.monotonic() - SECONDS
        for task in [task for task, since in self.since.items() if since < end]:
            del self.since[task]
            task.cancel()
        self.is_looking = bool(self.since)
        if self.is_looking:
            asyncio.get_running_loop().call_later(1, self._look)


_patience = _Patience()


async def _bounded(stream: Any, longest: int) -> bytes:
    body, length = bytearray(), 0
    async for chunk in stream:
        length += len(chunk)
        if length <= longest:
            body += chunk
        elif length > LONGEST_DRAINED:
            break
    if length > longest:
        raise BodyTooLong(most=longest)
    return bytes(body)
