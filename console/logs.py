"""Log lines: one JSON object an event on stderr, and nothing beside them once a server has begun."""

import logging
import sys
import threading
import time
from logging import LogRecord

from pythonjsonlogger.json import JsonFormatter

from console import served

logger = logging.getLogger(__name__)


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


def log_everything() -> None:
    """Have warnings, and exceptions that nobody handles, become lines too."""
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, where: logger.critical("The process ends.", exc_info=(kind, error, where))
    threading.excepthook = lambda failed: logger.error(
        "A thread ended.", exc_info=failed.exc_value, extra={"ended": failed.thread and failed.thread.name}
    )
    sys.unraisablehook = lambda failed: logger.error("An exception was lost.", exc_info=failed.exc_value)
