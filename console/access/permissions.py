"""Roles and rights. Services register the system roles; rights are what a user's roles, the system's and those that
his account made, give in one project."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import EllipsisType
from typing import Any, Final

from console import sql
from console.models import Account, CustomRole, Project, RoleAssignment, User

NAMED: Final = 3
"""So many of an account's own roles are named to who lacks a permission."""


@dataclass(frozen=True, slots=True)
class Role:
    """A system role: a name for people and the actions it allows."""

    name: str
    actions: frozenset[str]


ROLES: dict[str, Role] = {}


def register_role(name: str, actions: Iterable[str]) -> None:
    """Make a system role known; a service calls this once, from its `apps.py`."""
    ROLES[name] = Role(name, frozenset(actions))


def roles_with(action: str, account: Account) -> list[str]:
    """The names of the roles that allow `action`, the smallest first: the system's, then some of the account's own."""
    own = CustomRole.objects.filter(account=account)
    return [*_fitting(action, ROLES.values()), *_fitting(action, own)[:NAMED]]


def _fitting(action: str, roles: Iterable[Role | CustomRole]) -> list[str]:
    return [one.name for one in sorted(roles, key=lambda one: len(one.actions)) if action in one.actions]


@dataclass(frozen=True, slots=True)
class Right:
    """Actions on resources of one enterprise project, or of all where `enterprise_project_id` is None.

    `actions` is None for whoever may do everything: the owner within his account, and with `over_server` the
    administrator and the server itself, who alone may do what is named `server:…`."""

    actions: frozenset[str] | None
    enterprise_project_id: int | None = None
    over_server: bool = False
    role: str = ""
    """The role that gives it; empty for the owner, the administrator and the server."""
    is_of_project: bool = False
    """Whether the role is held in this project alone."""

    def allows(self, action: str) -> bool:
        if self.actions is not None:
            return action in self.actions
        return self.over_server or not action.startswith("server:")

    def covers(self, action: str, within: int | EllipsisType | None) -> bool:
        """Whether it allows `action` on a resource of the enterprise project `within`; on any at all for `...`."""
        return self.allows(action) and (
            self.enterprise_project_id is None or within is ... or self.enterprise_project_id == within
        )


ALL_OF_THE_ACCOUNT = (Right(actions=None),)
ALL_OF_THE_SERVER = (Right(actions=None, over_server=True),)


ROLE_COLUMNS: Final = "r.role, r.project_id, r.enterprise_project_id, c.name, CAST(c.actions AS text)"
"""What `rights_from` wants of `console_roleassignment r` and, where it leads there, `console_customrole c`."""
_HELD = sql.Query(
    f"SELECT {ROLE_COLUMNS} FROM console_roleassignment r "  # noqa: S608 - names of columns alone
    "LEFT JOIN console_customrole c ON c.id = r.custom_role_id WHERE r.user_id = %s ORDER BY r.role, c.name, r.id"
)
RoleRow = Sequence[Any]
"""The system role's name, its project's id and its enterprise project's row id (None: all), then name and actions (as
JSON) of the account's own role where it is one; all None where there is none."""


def rights_of(user: User, project: Project | None) -> tuple[Right, ...]:
    """What `user` may do in `project` (None: outside any project), read from the database at each request."""
    return ALL_OF_THE_ACCOUNT if user.is_owner else rights_from(user, project, held_by(user))


def held_by(user: User) -> Sequence[RoleRow]:
    """The roles of a user, wherever he holds them, for `rights_from`."""
    return _HELD.rows(user.pk)


def held_by_each(users: Collection[User]) -> dict[str, list[RoleRow]]:
    """The same of several users, by their ids; users without a role are not in it."""
    found: dict[str, list[RoleRow]] = {}
    held = RoleAssignment.objects.filter(user__in=users).select_related("custom_role").order_by("role", "id")
    for one in held:
        own = one.custom_role
        place = (one.role, one.project_id, one.enterprise_project_id)
        found.setdefault(one.user_id, []).append((*place, own and own.name, own and json.dumps(own.actions)))
    return found


def rights_from(user: User, project: Project | None, held: Iterable[RoleRow]) -> tuple[Right, ...]:
    """What `user` may do in `project` with the roles of these rows; a service user nothing outside its own."""
    if user.is_owner:
        return ALL_OF_THE_ACCOUNT
    if user.is_service and (project is None or project.id != user.project_id):
        return ()
    return tuple(
        Right(actions, enterprise_project_id, role=own or role, is_of_project=project_id is not None)
        for role, project_id, enterprise_project_id, own, own_actions in held
        if project_id is None or (project is not None and project_id == project.id)
        if (actions := _actions_of(own_actions) if own else _system_actions(role)) is not None
    )


def _system_actions(role: str | None) -> frozenset[str] | None:
    """What a system role allows; None where there is none of this name."""
    known = ROLES.get(role) if role else None
    return known.actions if known else None


@lru_cache(maxsize=1024)
def _actions_of(stored: str) -> frozenset[str]:
    """The actions of an account's own role, found again by the very text that the database holds. What is named
    `server:…` is for the server's administrators, whatever a role says."""
    return frozenset(action for action in json.loads(stored) if not action.startswith("server:"))
