"""How long the session lasts still, and its extension: asked by the page that warns before its end."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from console.sessions import SEEN_EVERY
from console.views.first import comes_first
from console.views.parts import open_before_change, polled


@polled
@open_before_change
@require_http_methods(["GET", "POST"])
@comes_first
def duration(request: HttpRequest) -> JsonResponse:
    """The seconds left, and whether something can be done about it; posted, the user says that he is there."""
    if request.method == "POST":
        request.session.touch(  # type: ignore[attr-defined]
            address=request.source_ip,  # type: ignore[attr-defined]
            agent=request.headers.get("User-Agent", ""),
        )
    return JsonResponse({"left": left(request), "can_stay": can_stay(request)})


def left(request: HttpRequest) -> int:
    """The seconds until the session ends, a begun one counted: no page says that it ended before it did."""
    ends_at = request.session.ends_at  # type: ignore[attr-defined]
    return 0 if ends_at is None else max(0, int((ends_at - timezone.now()).total_seconds()) + 1)


def can_stay(request: HttpRequest) -> bool:
    """Whether it ends only because nothing was done: then *Stay signed in* helps, for as long as is worth saying."""
    known, ends_at = request.session.known, request.session.ends_at  # type: ignore[attr-defined]
    return known is not None and known.expires_at - ends_at > SEEN_EVERY
