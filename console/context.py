"""What every page shows around its content: service list, place, appearance."""

from functools import lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.db import Error
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from console.models import User
from console.operations.deciding import count_waiting
from console.services import ACCOUNT_PAGES, Page, Service, home_address, services
from console.sql import is_unusable
from console.views.duration import left
from console.views.pages import ACT, LINK, icons

ENGLISH = ("en", "English", "en")
CHINESE = ("zh-hans", "简体中文", "zh-Hans")
KEPT: Final = 500
"""Of projects, what is around their pages."""


def console(request: HttpRequest) -> dict[str, Any]:
    """The context of the console's frame."""
    place = getattr(request, "place", None)
    user = getattr(request, "user", None)
    place_id = place.pk if place else ""
    menu = service_menu(get_language(), place_id, getattr(user, "is_staff", False))
    beside = side(get_language(), place_id) if place else ()
    if place and isinstance(user, User):
        beside = with_waiting(beside, reverse("console:approvals", args=[place_id]), waiting_for(request))
    return {
        "icons": icons(),
        "theme": getattr(request, "theme", "system"),
        "other_language": ENGLISH if get_language() == "zh-hans" else CHINESE,
        "place": place,
        "place_id": place_id,
        "home_address": home_address(place.pk) if place else "/",
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "toasts": lambda: [toast(message) for message in get_messages(request)],
        "service_menu": menu,
        "services_here": services_here(menu, request.path),
        "side": beside,
        "current": current(beside, request.path),
        "initials": user.login[:2].upper() if user is not None and user.is_authenticated else "",
        "here": request.get_full_path(),
        "session_left": lambda: left(request),
        "shortcuts_on": request.COOKIES.get("shortcuts") != "off",
        "shortcuts": shortcuts(place_id),
        "zone_name": timezone.get_current_timezone_name(),
    }


def toast(message: Message) -> dict[str, Any]:
    """A message as its toast: text, level, and the link of `pages.done`, or the form of `pages.undo`."""
    link_text, _separator, link = (message.extra_tags or "").partition(LINK)
    shown: dict[str, Any] = {"text": str(message), "level": message.level_tag, "link_text": link_text, "link": link}
    if link.startswith(ACT):
        address, _mark, query = link.removeprefix(ACT).partition("?")
        shown |= {"link": "", "act": address, "fields": list(QueryDict(query).items())}
    return shown


class Line(NamedTuple):
    """A line of the service list or of the column at the left."""

    address: str
    icon: str
    title: str
    help: str = ""
    waiting: int = 0
    """How much waits there; none is told."""


Groups = tuple[tuple[str, tuple[Line, ...]], ...]


@lru_cache(maxsize=KEPT)
def shortcuts(place_id: str) -> tuple[tuple[str, str], ...]:
    """The keys that lead somewhere, as the script names them, with the addresses."""
    found = [pair for one in services() for pair in one.shortcuts] if place_id else []
    return tuple((key, reverse(address, args=[place_id])) for key, address in found)


@lru_cache(maxsize=KEPT)
def service_menu(_language: str | None, place_id: str, is_staff: bool) -> Groups:
    """The services that a user can open, by category."""
    offered = [one for one in services() if (place_id or not one.in_project) and (is_staff or not one.for_staff)]
    return tuple(
        (str(category), tuple(_service_line(one, place_id) for one in group))
        for category, group in groupby(offered, lambda one: one.category)
    )


@lru_cache(maxsize=KEPT)
def side(_language: str | None, place_id: str) -> Groups:
    """The column at the left: the pages of the services that have some, then the account's."""
    groups = [*((one.side_title, one.pages) for one in services() if one.pages), (_("Account"), ACCOUNT_PAGES)]
    return tuple((str(title), tuple(_side_line(one, place_id) for one in pages)) for title, pages in groups)


def waiting_for(request: HttpRequest) -> int:
    """How many requests wait for the user's decision."""
    caller = getattr(request, "caller", None)
    try:
        return count_waiting(caller) if caller is not None else 0
    except Error as error:
        if not is_unusable(error):
            raise
        return 0  # this may be the page that says so


def with_waiting(groups: Groups, address: str, count: int) -> Groups:
    """The column with the number of what waits at this address."""
    if not count:
        return groups
    return tuple(
        (title, tuple(one._replace(waiting=count) if one.address == address else one for one in lines))
        for title, lines in groups
    )


def current(groups: Groups, path: str) -> tuple[str, str]:
    """The address of the line that leads nearest to `path`, and what `aria-current` says of it."""
    fitting = [line.address for _title, group in groups for line in group if _is_at(path, line.address)]
    nearest = max(fitting, key=len, default="")
    return nearest, "page" if nearest == path else "true"


def services_here(menu: Groups, path: str) -> tuple[str, ...]:
    """The addresses of the services that `path` is a page of."""
    return tuple(line.address for _category, group in menu for line in group if path.startswith(line.address))


def _side_line(page: Page, place_id: str) -> Line:
    return Line(reverse(page.address, args=[place_id]), page.icon, str(page.title))


def _service_line(service: Service, place_id: str) -> Line:
    address = reverse(service.address, args=[place_id] if service.in_project else [])
    return Line(address, service.icon, str(service.title), str(service.help))


def _is_at(path: str, address: str) -> bool:
    return path == address or path.startswith(f"{address.rstrip('/')}/")
