"""Roles that users hold: the system's, and those that their account made."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from console.access.permissions import ROLES
from console.models import Account, CustomRole, EnterpriseProject, Project, RoleAssignment, User
from console.texts import listed
from keys.errors import KmsError


class RoleUnknown(KmsError):
    field = "role"
    text = _("There is no role “%(role)s”. Choose one of: %(roles)s.")


class PlaceUnknown(KmsError):
    field = "project"
    text = _("This project is not one of the user's account. Choose another one.")


class RoleBeyondProject(KmsError):
    field = "project"
    text = _("A service user holds roles in its own project alone. Choose project %(project)s.")


class RoleWish(NamedTuple):
    """A role to hold, by its name: in one project or in all (None), for one enterprise project's resources or for all
    (None)."""

    role: str
    project: Project | None = None
    enterprise_project: EnterpriseProject | None = None


def role_names(account: Account) -> list[str]:
    """The names of all roles that users of the account can hold, the system's first."""
    return [*ROLES, *CustomRole.objects.filter(account=account).values_list("name", flat=True)]


def check_roles(user: User, roles: Sequence[RoleWish]) -> None:
    """Raise RoleUnknown, PlaceUnknown or RoleBeyondProject for the first role that `user` can't hold."""
    known = role_names(user.account) if roles else []
    for wish in roles:
        if wish.role not in known:
            raise RoleUnknown(role=wish.role, roles=listed(known))
        if any(place is not None and place.account_id != user.account_id for place in wish[1:]):
            raise PlaceUnknown()
        if user.project is not None and wish.project != user.project:
            raise RoleBeyondProject(project=user.project.name)


def locked_roles(account_id: str, names: Iterable[str]) -> dict[str, CustomRole]:
    """Within the caller's transaction, those of the names that are the account's own roles, kept from being deleted
    until it ends. Raises RoleUnknown for one that is no role any more."""
    wanted = sorted({one for one in names if one not in ROLES})
    found = CustomRole.objects.filter(account=account_id, name__in=wanted).select_for_update(no_key=True)
    own = {one.name: one for one in found.order_by("pk")} if wanted else {}
    for name in wanted:
        if name not in own:
            raise RoleUnknown(role=name, roles=listed(ROLES))
    return own


def write_roles(user: User, roles: Sequence[RoleWish]) -> None:
    """Within the caller's transaction, make these the roles of `user`; those that he holds already stay untouched.

    Raises RoleUnknown."""
    own = locked_roles(user.account_id, (one.role for one in roles))
    wanted = {
        (
            "" if role in own else role,
            own[role].pk if role in own else None,
            project.pk if project else None,
            enterprise_project.pk if enterprise_project else None,
        )
        for role, project, enterprise_project in roles
    }
    held = {
        (one.role, one.custom_role_id, one.project_id, one.enterprise_project_id): one.pk
        for one in RoleAssignment.objects.filter(user=user).order_by("-id")
    }
    kept = [pk for place, pk in held.items() if place in wanted]
    RoleAssignment.objects.filter(user=user).exclude(pk__in=kept).delete()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(
            user=user,
            role=role,
            custom_role_id=custom_role_id,
            project_id=project_id,
            enterprise_project_id=enterprise_project_id,
        )
        for role, custom_role_id, project_id, enterprise_project_id in wanted - held.keys()
    )
