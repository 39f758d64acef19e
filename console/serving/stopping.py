"""How a node ends without losing a request, be others sending hundreds a second.

Once it is told to stop, nobody new is let in. Connections that the system has accepted already are served, and only
then does it stop listening: whoever knocks from now on is refused, and a balancer asks another node. Each answer says
that its connection closes, and `/readyz` says 503. A silent connection is closed once it was silent for LINGER, which
is longer than a balancer keeps one (docs/deploy/nginx.conf: a second).
"""

import asyncio
import ctypes
import logging
import signal
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, ClassVar, Final, cast

logger = logging.getLogger(__name__)

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
SETTLING: Final = 0.1
"""Seconds for connections that are being made to come through."""
LINGER: Final = 2.0
"""Seconds of silence after which nobody sends on a connection any more."""
SO_ATTACH_FILTER: Final = 26
NO_NEW_ONES: Final = (
    (0x30, 0, 0, 13),  # load TCP's flags
    (0x54, 0, 0, 0x12),  # of which SYN and ACK count
    (0x15, 0, 1, 0x02),  # where it is SYN alone
    (0x06, 0, 0, 0),  # drop the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep it
)
"""A program for the kernel's packet filter, which looks at what comes to the listening socket."""


class _Process:
    """This process, a worker."""

    is_stopping: ClassVar[bool] = False


def is_stopping() -> bool:
    """Whether this worker was told to stop."""
    return _Process.is_stopping


def stop_gently(loop: asyncio.AbstractEventLoop) -> None:
    """Have the signals do, SETTLING later, what they do now."""
    for number in SIGNALS:
        stop = cast("Callable[[int, FrameType | None], Any]", signal.getsignal(number))
        loop.add_signal_handler(number, _begin, loop, partial(stop, number, None))


def let_nobody_in(listener: socket.socket) -> None:
    """Drop what would begin a connection; its sender tries again in a second, and is refused then.

    Closing the socket alone would reset connections that the system has accepted and no worker has seen: their requests
    may be on the way, and no balancer sends those a second time."""
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in NO_NEW_ONES))
    pointer = struct.pack("HP", len(NO_NEW_ONES), ctypes.addressof(program))
    try:
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
    except OSError as error:
        logger.warning("New connections can't be held off (%s): some may be reset.", error.strerror)


def _begin(loop: asyncio.AbstractEventLoop, stop: Callable[[], Any]) -> None:
    if not _Process.is_stopping:
        _Process.is_stopping = True
        loop.call_later(SETTLING, stop)
