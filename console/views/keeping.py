"""What becomes of a session at each request of its user."""

from typing import Any, Final

from django.db import Error
from django.http import HttpRequest

from console import sql
from console.models import User

RIGHTS: Final = "rights"


def note_rights(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Remember with what rights somebody signed in (the signal `user_logged_in`)."""
    request.session[RIGHTS] = _rights_of(user)


def follow_rights(request: HttpRequest) -> None:
    """Give the session another id where its user has become more or less than he was."""
    rights = _rights_of(request.user)
    if request.session.get(RIGHTS) != rights:
        request.session[RIGHTS] = rights
        request.session.cycle_key()


def keep_alive(request: HttpRequest) -> None:
    """Note that the user is there. Where the database takes no writes just now, his session is not prolonged."""
    try:
        request.session.touch(  # type: ignore[attr-defined]
            address=request.source_ip,  # type: ignore[attr-defined]
            agent=request.headers.get("User-Agent", ""),
        )
    except Error as error:
        if not sql.is_unusable(error):
            raise


def _rights_of(user: Any) -> str:
    assert isinstance(user, User)  # noqa: S101 - this server knows no other users
    flags = {"owner": user.is_owner, "staff": user.is_staff, "superuser": user.is_superuser}
    return " ".join(name for name, flag in flags.items() if flag)
