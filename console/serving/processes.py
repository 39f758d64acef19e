"""The processes that serve: granian's main process and its workers."""

import ctypes
import logging
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import connections
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from console.memory import keep_what_is_loaded
from console.serving.database import leave_whole
from console.serving.greeting import say_when_served

GRACE = 3  # seconds for requests under way once the server is told to stop
SECRET_SETTINGS = ("ROOT_KEY", "DATABASE_URL")
PR_SET_PDEATHSIG = 1


def keep_to_itself() -> None:
    """New files for the server's user alone, no core dumps; warnings become log lines; until it serves, a signal ends
    it without a word."""
    logging.captureWarnings(True)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def serve(address: str, greeting: Sequence[str]) -> None:
    """Serve until SIGINT or SIGTERM; SystemExit with 1 where the workers can't run."""
    connections.close_all()
    # Workers begin afresh: a fork would carry along this process's threads, their locks, and its memory.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "console.rsgi:application",
        address=address,
        port=settings.PORT,
        interface=Interfaces.RSGI,
        workers=settings.WORKERS,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        log_dictconfig=_logging(),
        log_level=LogLevels(settings.LOG_LEVEL.lower()),
    )
    server.on_startup(lambda: say_when_served(greeting, address))
    try:
        server.serve(target_loader=load_application)
    except SystemExit:
        if not server.interrupt_signal:  # else a worker that Ctrl-C reached first was taken for a failed one
            raise
    leave_whole()


def load_application(target: str) -> Any:
    """The RSGI application, in a worker that ends with the main process, be that killed."""
    logging.captureWarnings(True)
    # Until granian's own handlers stand, a stop that comes while this loads ends it without a word.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    end_with_parent()
    from console.rsgi import application

    # Settings are read by now; what remains would be copied into every request's `META`.
    for name in SECRET_SETTINGS:
        os.environ.pop(name, None)
    from console.serving.chores import begin_chores  # only now: models need Django set up

    begin_chores()
    keep_what_is_loaded()
    return application


class ThreadsAreMany(logging.Filter):
    """Drops granian's advice on the number of threads: they are many on purpose, they wait for slow clients."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Configuration allows spawning up to")


def _logging() -> dict[str, Any]:
    """The settings' logging, with granian's own lines taken in: one JSON line an event on stderr."""
    ours: dict[str, Any] = settings.LOGGING
    granian = {"handlers": [], "propagate": True, "filters": ["threads"]}
    return {
        **ours,
        "filters": {"threads": {"()": ThreadsAreMany}},
        "loggers": {**ours["loggers"], "_granian": granian},
    }


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def end_with_parent() -> None:
    """Have the kernel end this process with the one that made it, be that killed (Linux)."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
