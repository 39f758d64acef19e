"""What a browser remembers: its user's choices, and what the next page is to say."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse

YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Have the browser keep a choice for a year; pages of other sites can't send it along, scripts can't read it."""
    response.set_cookie(name, value, max_age=YEAR, secure=settings.TLS, httponly=True, samesite="Lax")


class Messages(CookieStorage):
    """Messages travel with the browser alone. Django's own keep long ones in the session: a password that is shown once
    could come to lie in the database."""

    cookie_name = "__Host-messages" if settings.TLS else "messages"
