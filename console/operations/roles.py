"""Roles that users hold."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from console.access.permissions import ROLES
from console.models import EnterpriseProject, Project, RoleAssignment, User
from console.texts import listed
from keys.errors import KmsError


class RoleUnknown(KmsError):
    field = "role"
    text = _("There is no role “%(role)s”. Choose one of: %(roles)s.")


class PlaceUnknown(KmsError):
    field = "project"
    text = _("This project is not one of the user's account. Choose another one.")


class RoleWish(NamedTuple):
    """A role to hold: in one project or in all (None), for one enterprise project's resources or for all (None)."""

    role: str
    project: Project | None = None
    enterprise_project: EnterpriseProject | None = None


def check_roles(user: User, roles: Sequence[RoleWish]) -> None:
    """Raise RoleUnknown or PlaceUnknown for the first role that `user` can't hold."""
    for wish in roles:
        if wish.role not in ROLES:
            raise RoleUnknown(role=wish.role, roles=listed(ROLES))
        if any(place is not None and place.account_id != user.account_id for place in wish[1:]):
            raise PlaceUnknown()


def write_roles(user: User, roles: Sequence[RoleWish]) -> None:
    """Within the caller's transaction, make these the roles of `user`; those that he holds already stay untouched."""
    wanted = {
        (role, project.pk if project else None, enterprise_project.pk if enterprise_project else None)
        for role, project, enterprise_project in roles
    }
    held = {
        (one.role, one.project_id, one.enterprise_project_id): one.pk
        for one in RoleAssignment.objects.filter(user=user).order_by("-id")
    }
    kept = [pk for place, pk in held.items() if place in wanted]
    RoleAssignment.objects.filter(user=user).exclude(pk__in=kept).delete()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=user, role=role, project_id=project_id, enterprise_project_id=enterprise_project_id)
        for role, project_id, enterprise_project_id in wanted - held.keys()
    )
