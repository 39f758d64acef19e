"""Refusals before the caller is known: counted, and logged at most a few times a minute, so that no stranger fills
trail or log."""

import logging
import threading
import time

from console import metrics
from console.access.request import Request
from keys.errors import KmsError

logger = logging.getLogger(__name__)

LINES_A_MINUTE = 60


class _Refusals:
    """What this process refused to strangers."""

    lock = threading.Lock()
    total = 0
    minute = 0
    lines = 0
    unlogged = 0


def note_refusal(request: Request, refusal: KmsError) -> None:
    """Count one refusal, and log it while the minute's lines last."""
    metrics.STRANGERS.labels(type(refusal).__name__).inc()
    minute = int(time.monotonic() // 60)
    with _Refusals.lock:
        _Refusals.total += 1
        if minute != _Refusals.minute:
            _Refusals.minute, _Refusals.lines = minute, 0
        _Refusals.lines += 1
        if _Refusals.lines > LINES_A_MINUTE:
            _Refusals.unlogged += 1
            return
        unlogged, _Refusals.unlogged = _Refusals.unlogged, 0
    known = {"source_ip": request.source_ip, "request_id": request.request_id, "error_code": str(refusal.code)}
    logger.warning("An unknown caller was refused.", extra={**known, "not_logged_before": unlogged})


def refusals() -> int:
    """How many strangers this process refused so far."""
    return _Refusals.total
