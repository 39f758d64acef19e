"""What a serving process does every minute beside its requests: what falls due, and hourly the head of its trail.

Every worker of every node does so; the chores lock what they touch, so that whoever is first does the work.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from django.db import close_old_connections

from console import metrics
from console.access import heads, stream

logger = logging.getLogger(__name__)

MINUTE: Final = 60.0
MINUTES_BETWEEN_HEADS: Final = 60
Chore = Callable[[], object]
_chores: list[Chore] = []


def register_chore(work: Chore) -> None:
    """Have `work` done every minute; a service calls this once, from its `apps.py`."""
    _chores.append(work)
    metrics.CHORE_FAILURES.labels(name_of(work))


def registered() -> Sequence[Chore]:
    """All chores."""
    return tuple(_chores)


def begin_chores() -> None:
    """Do all chores now and then every minute, in a thread that ends with the process."""
    threading.Thread(target=_go_round, name="chores", daemon=True).start()


def do_chores() -> None:
    """Do all chores once; one that fails is logged and does not keep the others."""
    for work in _chores:
        begun = time.monotonic()
        try:
            close_old_connections()
            work()
        except Exception as error:
            metrics.CHORE_FAILURES.labels(name_of(work)).inc()
            logger.warning(
                "What fell due could not be done; it is tried again in a minute.",
                exc_info=error,
                extra={"chore": name_of(work)},
            )
        else:
            metrics.CHORE_SUCCESS.labels(name_of(work)).set_to_current_time()
            metrics.CHORE_SECONDS.labels(name_of(work)).set(time.monotonic() - begun)


def log_head() -> None:
    """Log the head of this process's stream: who keeps the log elsewhere can tell an older database by it."""
    head = stream.head()
    if head is not None:
        logger.info("The head of the trail.", extra=heads.fields_of(heads.Head(*head)))


def name_of(work: Chore) -> str:
    """What a chore is called in metrics and lines."""
    return getattr(work, "__name__", "unknown")


def _go_round() -> None:
    minutes = 0
    while True:
        do_chores()
        minutes += 1
        if minutes % MINUTES_BETWEEN_HEADS == 0:
            log_head()
        time.sleep(MINUTE)
