"""The users of an account and their roles, as its administrators see and change them one by one."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import RoleAssignment, User
from console.operations.roles import RoleWish, check_roles, locked_roles
from keys.errors import KmsError, NotFound

PAGE = 50
MOST_ROLES = 50
ROLES_HELD = Prefetch(
    "role_assignments", RoleAssignment.objects.select_related("custom_role", "project__region", "enterprise_project")
)


class RoleHeld(KmsError):
    field = "role"
    text = _("The user holds this role there already.")


class TooManyRoles(KmsError):
    field = "role"
    text = _("A user holds at most 50 roles. Take one away first.")


def list_users(caller: Caller, *, words: str = "", after: str = "", size: int = PAGE) -> tuple[list[User], str]:
    """The users of the caller's account whose logins have `words` in them, by login, with their roles; and the login
    that the next page begins after, empty on the last. Raises NotPermitted."""
    with traced(caller, "listUsers"):
        caller.require("iam:users:list")
        words, after = words.replace("\0", ""), after.replace("\0", "")  # which PostgreSQL takes in no text
        users = User.objects.select_related("project__region")
        users = users.filter(account=caller.account, login__icontains=words, login__gt=after)
        found = list(users.order_by("login").prefetch_related(ROLES_HELD)[: size + 1])
    return found[:size], found[size - 1].login if len(found) > size else ""


def get_user(caller: Caller, user_id: str) -> User:
    """A user of the caller's account, with his roles. Raises NotPermitted, NotFound."""
    with traced(caller, "showUser"):
        caller.require("iam:users:list")
        users = User.objects.select_related("account", "project__region").prefetch_related(ROLES_HELD)
        user = users.filter(account=caller.account, pk=user_id.replace("\0", "")).first()
        if user is None:
            raise NotFound()
        return user


def give_role(caller: Caller, user: User, wish: RoleWish) -> None:
    """Give a user one more role. Raises NotPermitted, RoleUnknown, PlaceUnknown, RoleBeyondProject, RoleHeld,
    TooManyRoles."""
    with traced(caller, "updateUser", user) as trace:
        caller.require("iam:users:update")
        check_roles(user, [wish])
        trace.detail = {"given": wish.role, **_places(wish)}
        with transaction.atomic(durable=True):
            User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
            held = RoleAssignment.objects.filter(user=user)
            there: dict[str, Any] = {"project": wish.project, "enterprise_project": wish.enterprise_project}
            own = locked_roles(user.account_id, [wish.role]).get(wish.role)
            there |= {"role": "" if own else wish.role, "custom_role": own}
            if held.filter(**there).exists():
                raise RoleHeld()
            if held.count() >= MOST_ROLES:
                raise TooManyRoles()
            RoleAssignment.objects.create(user=user, **there)
            trace.done()


def get_role(user: User, assignment_id: int) -> RoleAssignment:
    """A role that the user holds, with the place that he holds it for. Raises NotFound."""
    held = RoleAssignment.objects.select_related("custom_role", "project__region", "enterprise_project")
    found = held.filter(user=user, pk=assignment_id).first()
    if found is None:
        raise NotFound()
    return found


def take_role(caller: Caller, user: User, assignment_id: int) -> RoleWish:
    """Take a role from a user; which one it was. Raises NotPermitted, NotFound."""
    with traced(caller, "updateUser", user) as trace:
        caller.require("iam:users:update")
        with transaction.atomic(durable=True):
            assignment = get_role(user, assignment_id)
            taken = RoleWish(assignment.name, assignment.project, assignment.enterprise_project)
            trace.detail = {"taken": taken.role, **_places(taken)}
            assignment.delete()
            trace.done()
    return taken


def _places(wish: RoleWish) -> dict[str, str]:
    return {
        "project": wish.project.name if wish.project else "",
        "enterprise_project": wish.enterprise_project.name if wish.enterprise_project else "",
    }
