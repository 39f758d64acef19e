"""What every page shows around its content: service list, place, appearance."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from console.services import ACCOUNT_PAGES, Page, Service, home_address, services
from console.views.duration import left
from console.views.pages import ACT, LINK, icons

ENGLISH = ("en", "English", "en")
CHINESE = ("zh-hans", "简体中文", "zh-Hans")


def console(request: HttpRequest) -> dict[str, Any]:
    """The context of the console's frame."""
    place = getattr(request, "place", None)
    user = getattr(request, "user", None)
    return {
        "icons": icons(),
        "theme": getattr(request, "theme", "system"),
        "other_language": ENGLISH if get_language() == "zh-hans" else CHINESE,
        "place": place,
        "home_address": home_address(place.pk) if place else "/",
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "toasts": lambda: [toast(message) for message in get_messages(request)],
        "service_menu": lambda: service_menu(request),
        "side": lambda: side(request),
        "initials": user.login[:2].upper() if user is not None and user.is_authenticated else "",
        "here": request.get_full_path(),
        "session_left": lambda: left(request),
        "shortcuts_on": request.COOKIES.get("shortcuts") != "off",
        "shortcuts": lambda: shortcuts(request),
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


def shortcuts(request: HttpRequest) -> list[tuple[str, str]]:
    """The keys that lead somewhere, as the script names them, with the addresses."""
    place = getattr(request, "place", None)
    found = [pair for one in services() for pair in one.shortcuts] if place else []
    return [(key, reverse(address, args=[place.pk])) for key, address in found]  # type: ignore[union-attr]


def service_menu(request: HttpRequest) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The services that this user can open, by category."""
    place, is_staff = getattr(request, "place", None), getattr(request.user, "is_staff", False)
    offered = [one for one in services() if (place or not one.in_project) and (is_staff or not one.for_staff)]
    by_category = groupby(offered, lambda one: one.category)
    return [(category, [_line(request, one) for one in group]) for category, group in by_category]


def side(request: HttpRequest) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The column at the left: the pages of the services that have some, then the account's; the current one marked."""
    groups: list[tuple[Any, tuple[Page, ...]]] = [(one.side_title, one.pages) for one in services() if one.pages]
    groups.append((_("Account"), ACCOUNT_PAGES))
    lines = [(title, [_side_line(request, one) for one in pages]) for title, pages in groups]
    fitting = [line for _title, group in lines for line in group if _is_at(request.path, line["address"])]
    if fitting:
        nearest = max(fitting, key=lambda line: len(line["address"]))
        nearest["current"] = "page" if nearest["address"] == request.path else "true"
    return lines


def _side_line(request: HttpRequest, page: Page) -> dict[str, Any]:
    address = reverse(page.address, args=[request.place.pk])  # type: ignore[attr-defined]
    return {"page": page, "address": address, "current": ""}


def _is_at(path: str, address: str) -> bool:
    return path == address or path.startswith(f"{address.rstrip('/')}/")


def _line(request: HttpRequest, service: Service) -> dict[str, Any]:
    arguments = [request.place.pk] if service.in_project else []  # type: ignore[attr-defined]
    address = reverse(service.address, args=arguments)
    return {"service": service, "address": address, "is_here": request.path.startswith(address)}
