"""The page of a key: its head, what can be done with it, and its tabs, each with an address of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.requests import ConsoleRequest
from console.views.actions import Action
from keys.calls import Call
from keys.models import Key
from keys.operations.possible import refusal_of
from keys.views.rows import key_rows


def always(_key: Key) -> bool:
    return True


def nothing(_key: Key) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: the name of its address in `keys:`, which keys have it, and how much is on it where that is told."""

    name: str
    title: str | Promise
    applies: Callable[[Key], bool] = always
    count: Callable[[Key], int | None] = nothing


TABS: tuple[Tab, ...] = (Tab("details", _("Overview")),)


def key_page(
    request: ConsoleRequest, key: Key, tab: str, template: str, context: dict[str, Any], *, refused: bool = False
) -> HttpResponse:
    """The key's page with the tab of this name open, from a template that extends keys/key.html; 422 where a form on it
    was refused."""
    shown = {
        "key": key,
        "row": key_rows([key], request.place)[0],
        "tabs": [_tab(request, one, key, tab) for one in TABS if one.applies(key)],
        "actions": key_actions(request, key),
        "may_edit": refusal_of(request.caller, Call.UPDATE_KEY_ALIAS, key) is None,
        "account": request.user.account,
        "list_address": reverse("keys:list", args=[request.place.pk]),
    }
    return render(request, template, shown | context, status=422 if refused else 200)


def key_actions(_request: ConsoleRequest, _key: Key) -> list[Action]:
    """What the head of the page offers."""
    return []


def _tab(request: ConsoleRequest, tab: Tab, key: Key, current: str) -> dict[str, Any]:
    address = reverse(f"keys:{tab.name}", args=[request.place.pk, key.pk])
    return {"title": tab.title, "address": address, "count": tab.count(key), "is_current": tab.name == current}
