"""The filter of the key list: read from the address, offered in a menu, shown as chips that can be taken away."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.http import QueryDict
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from console.models import EnterpriseProject
from console.requests import ConsoleRequest
from keys import operations
from keys.calls import Call
from keys.models import KeyState
from keys.operations.reading import NO, YES
from keys.specs import SPECS, KeyOrigin, KeyUsage

NAMES = ("state", "spec", "usage", "origin", "enterprise_project", "tag", "unused", "protected", "words")
UNUSED_DAYS = (7, 30, 90, 365)
LONGEST = 384
"""Characters of a value; the longest is a tag key with its value."""


class Property(NamedTuple):
    """What a list can be narrowed by: its name in the address, its title, and its values with theirs."""

    name: str
    title: str
    values: tuple[tuple[str, str], ...]


class Chip(NamedTuple):
    """A filter that holds, in words, and the address of the list without it."""

    title: str
    value: str
    without: str


def asked_in(query: QueryDict) -> dict[str, str]:
    """The value of each filter in an address, empty where it is not set."""
    return {name: query.get(name, "").replace("\0", "").strip()[:LONGEST] for name in NAMES}


def with_added(query: QueryDict) -> QueryDict | None:
    """The query of an address with what `by` (`name=value`) adds to it, from the first page on; None without such."""
    name, _equals, value = query.get("by", "").partition("=")
    if name not in NAMES:
        return None
    added = query.copy()
    for one in ("by", "after", "before"):
        added.pop(one, None)
    added[name] = value
    return added


def query_of(asked: dict[str, str], **more: str) -> str:
    """The filters that hold, and `more`, as the query of an address."""
    query = QueryDict(mutable=True)
    query.update({**more, **{name: value for name, value in asked.items() if value}})
    return query.urlencode()


def properties(request: ConsoleRequest) -> tuple[Property, ...]:
    """What the keys of the user's account can be narrowed by."""
    account = request.user.account
    tags = operations.suggest_tags(request.caller) if request.caller.may(Call.LIST_TAGS.action) else []
    projects = EnterpriseProject.objects.filter(account=account) if account.is_enterprise else []
    *of_keys, unused, protected = _properties_of_any(get_language())
    offered = (
        *of_keys,
        Property("enterprise_project", _("Enterprise Project"), tuple((one.eps_id, one.name) for one in projects)),
        unused,
        protected,
        Property("tag", _("Tag"), tuple((one, one) for one in tags)),
    )
    return tuple(one for one in offered if one.values)


@cache
def _properties_of_any(_language: str | None) -> tuple[Property, ...]:
    """Those that are the same in every account."""
    return (
        Property("state", _("Status"), tuple((str(value), str(title)) for value, title in KeyState.choices)),
        Property("spec", _("Key Algorithm"), tuple((one, one) for one in SPECS)),
        Property("usage", _("Usage"), tuple((value, str(title)) for value, title in KeyUsage.choices)),
        Property("origin", _("Origin"), tuple((value, str(title)) for value, title in KeyOrigin.choices)),
        Property("unused", _("Unused"), tuple((str(days), _unused_text(days)) for days in UNUSED_DAYS)),
        Property("protected", _("Deletion protection"), ((YES, _("Protected")), (NO, _("Not protected")))),
    )


def chips(asked: dict[str, str], offered: Iterable[Property], address: str, **more: str) -> tuple[Chip, ...]:
    """The filters that hold; `address` is the list's, `more` what stays in it."""
    found = []
    for one in offered:
        if value := asked[one.name]:
            without = query_of({**asked, one.name: ""}, **more)
            text = dict(one.values).get(value, value)
            if one.name == "unused" and value.isdecimal():
                text = _unused_text(int(value))
            found.append(Chip(one.title, text, f"{address}?{without}"))
    return tuple(found)


def _unused_text(days: int) -> str:
    return ngettext("for %(days)s day", "for %(days)s days", days) % {"days": days}
