"""The actions that an account's own roles can be made of, in words. Services register theirs from their `apps.py`.

What hands out rights is none of them: who could give roles, make users owners or set their passwords could give himself
everything, so that stays with whoever manages the account, as what is named `server:…` stays with the server's
administrators. A role then gives nobody more than its maker holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise


class Class(Enum):
    """What an action does: it only looks, it works with a thing, or it changes things."""

    READ = "read"
    USE = "use"
    MANAGE = "manage"

    @property
    def title(self) -> Text:
        return TITLES[self]


TITLES: dict[Class, Text] = {
    Class.READ: pgettext_lazy("class of an action", "Read"),
    Class.USE: pgettext_lazy("class of an action", "Use"),
    Class.MANAGE: pgettext_lazy("class of an action", "Change"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """An action by its name (`kms:cmk:get`), what it allows in plain words, and its class."""

    name: str
    text: Text
    kind: Class


@dataclass(frozen=True, slots=True)
class Group:
    """The actions of one service, or of one part of it; `name` stands in forms."""

    name: str
    title: Text
    actions: tuple[Action, ...]


OWN = (
    Group(
        "iam",
        _("Users and projects"),
        (
            Action("iam:users:list", _("See the users of the account and their roles"), Class.READ),
            Action("iam:roles:list", _("See the account's own roles"), Class.READ),
            Action("iam:users:create", _("Create users, who have no role yet"), Class.MANAGE),
            Action("iam:projects:create", _("Create projects"), Class.MANAGE),
            Action("iam:projects:update", _("Describe projects"), Class.MANAGE),
        ),
    ),
    Group(
        "eps",
        _("Enterprise projects"),
        (
            Action("eps:enterpriseProjects:create", _("Create enterprise projects"), Class.MANAGE),
            Action(
                "eps:enterpriseProjects:update", _("Rename, describe and disable enterprise projects"), Class.MANAGE
            ),
        ),
    ),
)
"""What the console itself lets be allowed."""
_groups: list[Group] = []


def register_actions(groups: Iterable[Group]) -> None:
    """Have the actions of these groups offered for roles."""
    _groups.extend(groups)


def groups() -> tuple[Group, ...]:
    """All groups, the services' own before the console's."""
    return (*_groups, *OWN)


def grantable() -> dict[str, Action]:
    """Every action that a role can be made of, by its name, in the order in which they are shown."""
    return {one.name: one for group in groups() for one in group.actions}
