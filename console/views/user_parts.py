"""What a service adds to the pages of users; it registers it once, from its `apps.py`."""

from collections.abc import Callable
from typing import Any, NamedTuple

from console.models import User
from console.requests import ConsoleRequest


class UserPart(NamedTuple):
    """A section of each user's page: its template, and what that is given of the user; and the URL name of the dialog
    that makes service users, which takes the project's id."""

    template: str
    context_of: Callable[[ConsoleRequest, User], dict[str, Any]]
    creates_service_users: str


_registered: list[UserPart] = []


def register_user_part(part: UserPart) -> None:
    """Have the section shown on each user's page, and the dialog offered beside *Create user*."""
    _registered.append(part)


def parts_of(request: ConsoleRequest, user: User) -> list[tuple[str, dict[str, Any]]]:
    """The sections of a user's page, each as its template and what that is given."""
    return [(part.template, part.context_of(request, user)) for part in _registered]


def makers_of_service_users() -> list[str]:
    """The URL names of the dialogs that make service users."""
    return [part.creates_service_users for part in _registered]
