"""Log lines: one JSON object an event on stderr, and nothing beside them once a server has begun."""

import logging
import sys
import threading
import time
from logging import LogRecord
from typing import Final

from pythonjsonlogger.json import JsonFormatter

from console import served

logger = logging.getLogger(__name__)

LINES_A_MINUTE: Final = 60
"""Of what any stranger can cause, so that none fills the log."""


class JsonLines(JsonFormatter):
    """A record as one line, its time in UTC with milliseconds."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class OfRequest(logging.Filter):
    """Says of each record which request was being served, and what that asked for."""

    def filter(self, record: LogRecord) -> bool:
        serving = served.now.get()
        if serving is not None:
            vars(record).setdefault("request_id", serving.request_id)
            vars(record).setdefault("operation", serving.operation)
        if "status_code" in vars(record):  # as Django calls it
            vars(record).setdefault("status", vars(record)["status_code"])
        return True


class Few:
    """At most LINES_A_MINUTE lines a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = self._lines = self._left_out = 0

    def take(self) -> int | None:
        """How many were left out since the last line that was logged; None where this one is left out too."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._lines = minute, 0
            self._lines += 1
            if self._lines > LINES_A_MINUTE:
                self._left_out += 1
                return None
            left_out, self._left_out = self._left_out, 0
            return left_out


class FewOfStrangers(logging.Filter):
    """Bounds what Django says of requests that it refuses (an address that there is not, another server's name), and
    keeps it short: the refusal's traceback tells nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._few = Few()

    def filter(self, record: LogRecord) -> bool:
        is_security = record.name.startswith("django.security")
        if not is_security and (record.name != "django.request" or record.levelno > logging.WARNING):
            return True
        left_out = self._few.take()
        if left_out is None:
            return False
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        vars(record)["not_logged_before"] = left_out
        return True


def log_everything() -> None:
    """Have warnings, and exceptions that nobody handles, become lines too."""
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, where: logger.critical("The process ends.", exc_info=(kind, error, where))
    threading.excepthook = lambda failed: logger.error(
        "A thread ended.", exc_info=failed.exc_value, extra={"ended": failed.thread and failed.thread.name}
    )
    sys.unraisablehook = lambda failed: logger.error("An exception was lost.", exc_info=failed.exc_value)
