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
from keys import operations
from keys.calls import Call
from keys.models import Key, KeyState, fits
from keys.operations.evidence import Counts, counts_of
from keys.operations.possible import refusal_of
from keys.views.rows import key_row


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: the name of its address in `keys:`, the call that a key must be fit for to have it (None: every key, or
    every custom one), and how much is on it where that is told."""

    name: str
    title: str | Promise
    call: Call | None = None
    count: Callable[[Counts], int] | None = None
    takes_default_keys: bool = True

    def applies(self, key: Key) -> bool:
        is_of_kind = self.takes_default_keys or not key.is_default
        return is_of_kind and (self.call is None or fits(key, self.call))


TABS: tuple[Tab, ...] = (
    Tab("details", _("Overview")),
    Tab("import", _("Import"), Call.GET_PARAMETERS_FOR_IMPORT),
    Tab("tool", _("Online tool"), takes_default_keys=False),
    Tab("public-key", _("Public key"), Call.GET_PUBLIC_KEY),
    Tab("rotation", _("Rotation policy"), Call.ENABLE_KEY_ROTATION),
    Tab("grants", _("Grants"), Call.CREATE_GRANT, lambda counts: counts.grants),
    Tab("aliases", _("Aliases"), Call.CREATE_ALIAS, lambda counts: counts.aliases),
    Tab("tags", _("Tags"), Call.CREATE_TAG, lambda counts: counts.tags),
    Tab("used-by", _("Used by"), Call.CREATE_DATAKEY),
    Tab("traces", _("Traces")),
)


def key_page(
    request: ConsoleRequest, key: Key, tab: str, template: str, context: dict[str, Any], *, refused: bool = False
) -> HttpResponse:
    """The key's page with the tab of this name open, from a template that extends keys/key.html; 422 where a form on it
    was refused."""
    list_address, counts = reverse("keys:list", args=[request.place.pk]), counts_of(key)
    shown = {
        "key": key,
        "row": key_row(key, list_address),
        "tabs": [_tab(request, one, key, counts, tab) for one in TABS if one.applies(key)],
        "actions": key_actions(request, key),
        "is_protected": operations.protection_of(key) is not None,
        "asked": operations.asked_of(key),
        "may_edit": refusal_of(request.caller, Call.UPDATE_KEY_ALIAS, key) is None,
        "account": request.user.account,
        "list_address": list_address,
    }
    return render(request, template, shown | context, status=422 if refused else 200)


def key_actions(request: ConsoleRequest, key: Key) -> list[Action]:
    """What the head of the page offers: the way to the other states."""
    is_ending = key.state == KeyState.PENDING_DELETION
    works = key.state in {KeyState.ENABLED, KeyState.PENDING_IMPORT}
    offered = [
        (Call.CANCEL_KEY_DELETION, "cancel-deletion", _("Cancel deletion"), False, is_ending),
        (Call.DISABLE_KEY, "disable", _("Disable"), False, works and not is_ending),
        (Call.ENABLE_KEY, "enable", _("Enable"), False, not works and not is_ending),
        (Call.SCHEDULE_KEY_DELETION, "delete", _("Delete"), True, not is_ending),
    ]
    return [
        Action.unless(
            refusal_of(request.caller, call, key),
            name,
            title,
            reverse(f"keys:{name}", args=[request.place.pk, key.pk]),
            is_danger=is_danger,
        )
        for call, name, title, is_danger, is_shown in offered
        if is_shown
    ]


def _tab(request: ConsoleRequest, tab: Tab, key: Key, counts: Counts, current: str) -> dict[str, Any]:
    address = reverse(f"keys:{tab.name}", args=[request.place.pk, key.pk])
    return {
        "title": tab.title,
        "address": address,
        "count": tab.count and tab.count(counts),
        "is_current": tab.name == current,
    }
