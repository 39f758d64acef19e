"""What balancers ask: is this process alive, and can it do its work."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.protection import is_ready
from console.serving.stopping import is_stopping

logger = logging.getLogger(__name__)


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as requests are served; it asks nothing else."""
    return _answer("ok")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while database and root key answer, else 503 with a word on what is the matter."""
    if is_stopping():
        return _answer("stopping", status=503)
    try:
        missing = "" if is_ready() else "root key"
    except Error as error:
        logger.warning("The database does not answer: %s", str(error).partition("\n")[0])
        missing = "database"
    return _answer(f"not ready: {missing}", status=503) if missing else _answer("ready")


def _answer(text: str, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status, headers=headers)
