"""Who asks: the first argument of every operation."""

import uuid
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Self

from console.access.permissions import ALL_OF_THE_SERVER, Right, rights_of, roles_with
from console.models import Account, Project, User
from keys.errors import NotPermitted

SERVER = "server"


@dataclass(frozen=True, slots=True)
class Caller:
    """A user (or the server itself, where `user` is None) in an account and, mostly, in one of its projects."""

    account: Account
    user: User | None
    project: Project | None
    rights: tuple[Right, ...]
    source_ip: str = ""
    request_id: str = ""
    by_api: bool = False
    """Whether an application calls: then readings are traced too, and every call is counted."""
    bound_to: str | None = None
    """The id of the one project that what he showed is good for, a token say; empty for none, None for no bounds."""

    @classmethod
    def of_user(
        cls, user: User, project: Project | None, *, source_ip: str, request_id: str, by_api: bool = False
    ) -> Self:
        """The user with the rights of his roles in `project`."""
        return cls(user.account, user, project, rights_of(user, project), source_ip, request_id, by_api)

    @classmethod
    def administrator(
        cls, user: User, account: Account, project: Project | None, *, source_ip: str, request_id: str
    ) -> Self:
        """A superuser of the server, at work in any account."""
        return cls(account, user, project, ALL_OF_THE_SERVER if user.is_superuser else (), source_ip, request_id)

    @classmethod
    def server(cls, account: Account, project: Project | None = None) -> Self:
        """The server itself: commands and sweeps."""
        return cls(account, None, project, ALL_OF_THE_SERVER, request_id=uuid.uuid4().hex)

    @property
    def name(self) -> str:
        return self.user.username if self.user else SERVER

    def at(self, project: Project) -> Self:
        """The same caller in another project of his account."""
        rights = self.rights if self.user is None else rights_of(self.user, project)
        return replace(self, project=project, rights=rights)

    def reaches(self, project: Project) -> bool:
        """Whether he may go on in this project: one of his account, and the one that his token is for."""
        return project.account_id == self.account.pk and self.bound_to in (None, project.pk)

    def scope(self, action: str) -> set[int] | None:
        """The enterprise projects in which `action` is allowed; None where it is allowed everywhere."""
        allowed = [right.enterprise_project_id for right in self.rights if right.allows(action)]
        return None if None in allowed else {one for one in allowed if one is not None}

    def may(self, action: str, enterprise_project_id: int | None = None) -> bool:
        """Whether `action` is allowed, on a resource of this enterprise project where one is given."""
        scope = self.scope(action)
        return scope is None or (enterprise_project_id in scope if enterprise_project_id is not None else bool(scope))

    def is_allowed(self, action: str, *, within: int | EllipsisType | None = ...) -> bool:
        """Whether `require` would let `action` pass."""
        return any(right.covers(action, within) for right in self.rights)

    def require(self, action: str, *, within: int | EllipsisType | None = ..., on: object = "") -> None:
        """Raise NotPermitted unless `action` is allowed: anywhere at all, or on a resource of the enterprise
        project `within` (its row's id, or None for a resource that belongs to none); `on` names the resource."""
        if self.is_allowed(action, within=within):
            return
        owners = User.objects.filter(account=self.account, is_owner=True, is_active=True)
        raise NotPermitted.of(action, roles_with(action, self.account), owners.values_list("login", flat=True)[:3], on)
