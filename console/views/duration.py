"""How long the session lasts still, and its extension: asked by the page that warns before its end."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from console.views.first import comes_first


@require_http_methods(["GET", "POST"])
@comes_first
def duration(request: HttpRequest) -> JsonResponse:
    """The seconds left; posted, the session begins its time anew."""
    if request.method == "POST":
        begin(request)
    return JsonResponse({"left": left(request)})


def begin(request: HttpRequest) -> None:
    """Let the session end SESSION_COOKIE_AGE from now, whatever it remembers meanwhile."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def left(request: HttpRequest) -> int:
    """The seconds until the session ends, a begun one counted: no page says that it ended before it did."""
    return max(0, request.session.get_expiry_age() + 1)
