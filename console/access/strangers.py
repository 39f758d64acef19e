"""Refusals before the caller is known: counted, and logged at most a few times a minute, so that no stranger fills
trail or log; and limited by address."""

import logging

from console import metrics
from console.access.addresses import place_of
from console.access.limits import FAILED_PROOFS, TooManyFailures
from console.access.request import Request
from console.logs import Few
from keys.errors import KmsError

logger = logging.getLogger(__name__)

_few = Few()


def turn_away(request: Request, refusal: KmsError) -> KmsError:
    """What a stranger is answered whose signature or token is refused: that, or TooManyFailures where too many from his
    address were refused before."""
    try:
        FAILED_PROOFS.take(place_of(request.source_ip))
    except TooManyFailures as too_many:
        refusal = too_many
    note_refusal(request, refusal)
    return refusal


def note_refusal(request: Request, refusal: KmsError) -> None:
    """Count one refusal, and log it while the minute's lines last."""
    metrics.STRANGERS.labels(type(refusal).__name__).inc()
    left_out = _few.take()
    if left_out is None:
        return
    known = {"source_ip": request.source_ip, "request_id": request.request_id, "error_code": str(refusal.code)}
    logger.warning("An unknown caller was refused.", extra={**known, "not_logged_before": left_out})
