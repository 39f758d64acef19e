"""Actions and system roles. Services register theirs; rights are what a user's roles give in one project."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from console import sql
from console.models import Project, User


@dataclass(frozen=True, slots=True)
class Role:
    """A system role: a name for people and the actions it allows."""

    name: str
    actions: frozenset[str]


ROLES: dict[str, Role] = {}


def register_role(name: str, actions: Iterable[str]) -> None:
    """Make a system role known; a service calls this once, from its `apps.py`."""
    ROLES[name] = Role(name, frozenset(actions))


def roles_with(action: str) -> list[str]:
    """The names of the system roles that allow `action`, the smallest role first."""
    return [role.name for role in sorted(ROLES.values(), key=lambda role: len(role.actions)) if action in role.actions]


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


_HELD = sql.Query(
    "SELECT role, project_id, enterprise_project_id FROM console_roleassignment WHERE user_id = %s ORDER BY role, id"
)
RoleRow = Sequence[Any]
"""The role's name, its project's id and its enterprise project's row id (None: all); all None where there is none."""


def rights_of(user: User, project: Project | None) -> tuple[Right, ...]:
    """What `user` may do in `project` (None: outside any project), read from the database at each request."""
    return ALL_OF_THE_ACCOUNT if user.is_owner else rights_from(user, project, _HELD.rows(user.pk))


def rights_from(user: User, project: Project | None, held: Iterable[RoleRow]) -> tuple[Right, ...]:
    """What `user` may do in `project` with the roles of these rows."""
    if user.is_owner:
        return ALL_OF_THE_ACCOUNT
    return tuple(
        Right(ROLES[role].actions, enterprise_project_id, role=role, is_of_project=project_id is not None)
        for role, project_id, enterprise_project_id in held
        if role in ROLES and (project_id is None or (project is not None and project_id == project.id))
    )
