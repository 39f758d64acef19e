"""Who has to set up a second factor before anything else, and what he can do meanwhile."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from console.access.places import project_of
from console.models import User
from console.operations.places import home_of
from console.views.kept import fields_to_keep, keep
from keys.errors import NotFound

ASKED_FOR: Final = "asked_for"
"""Where the session remembers the page that was asked for."""
View = TypeVar("View", bound=Callable[..., Any])


def comes_first(view: View) -> View:
    """Mark a view that answers before a second factor is set up too, as Django's `login_not_required` marks what
    answers before signing in."""
    view.comes_first = True  # type: ignore[attr-defined]
    return view


def has_to_set_up(user: Any) -> bool:
    """Whether the user's account asks everyone for a second factor, and he has none yet."""
    return isinstance(user, User) and user.account.needs_second_factor and not user.has_second_factor


def lead_to_setup(request: HttpRequest, view: Callable[..., Any], project_id: str) -> HttpResponse:
    """The page *Security* instead of the one asked for, which is remembered with what was typed for it; in the project
    that its address names, where it is the user's."""
    if getattr(view, "is_part", False):
        return HttpResponse(status=204)
    assert isinstance(request.user, User)  # noqa: S101 - has_to_set_up said so
    try:
        place = project_of(request.user, project_id)
    except NotFound:
        place = home_of(request.user)
    address = reverse("console:security", args=[place.pk])
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    if request.method == "POST":
        keep(request, request.path, fields_to_keep(request))
    request.session[ASKED_FOR] = request.path if request.method == "POST" else request.get_full_path()
    return HttpResponseRedirect(address)


def take_asked_for(request: HttpRequest) -> str:
    """The page that was asked for before, where the second factor is set up now; empty where there is none."""
    asked: str = "" if has_to_set_up(request.user) else request.session.get(ASKED_FOR, "")
    if asked:
        del request.session[ASKED_FOR]
    return asked
