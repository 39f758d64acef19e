"""What a browser remembers of its user's choices."""

from django.conf import settings
from django.http import HttpResponse

YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Have the browser keep a choice for a year; pages of other sites can't send it along, scripts can't read it."""
    response.set_cookie(name, value, max_age=YEAR, secure=settings.TLS, httponly=True, samesite="Lax")
