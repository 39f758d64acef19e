"""An account's own roles: made of the actions that services register, given to users beside the system roles.

Whoever manages the account makes them (`console/access/actions.py` says why nobody else may). A changed role counts
from the next request on, on every node: rights are read with each.
"""

from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from console.access.actions import grantable
from console.access.caller import Caller
from console.access.permissions import ROLES
from console.access.trail import traced
from console.models import Account, CustomRole, RoleAssignment
from console.texts import listed
from keys.errors import KmsError, NameTaken, NotFound

MOST: Final = 100
NAMED: Final = 5
LIST: Final = "iam:roles:list"
CREATE, UPDATE, DELETE = "iam:roles:create", "iam:roles:update", "iam:roles:delete"


class ActionsMissing(KmsError):
    field = "actions"
    text = _("A role without an action allows nothing. Choose at least one.")


class ActionUnknown(KmsError):
    field = "actions"
    text = _("A role can't be made of “%(action)s”. Choose actions of the list.")


class TooManyCustomRoles(KmsError):
    text = _("An account has at most 100 roles of its own. Delete one first.")


class RoleInUse(KmsError):
    text = _("This role is held by: %(users)s. Take it from them first, so that nobody loses rights unseen.")
    more = _("This role is held by %(users)s and others. Take it from them first, so that nobody loses rights unseen.")


def list_roles(caller: Caller) -> list[CustomRole]:
    """The roles of the caller's account, by name; `users` is how many hold each. Raises NotPermitted."""
    with traced(caller, "listRoles"):
        caller.require(LIST)
        counted = CustomRole.objects.filter(account=caller.account).annotate(
            users=Count("assignments__user", distinct=True)
        )
        return sorted(counted, key=lambda one: one.name.lower())


def get_role(caller: Caller, role_id: int) -> CustomRole:
    """A role of the caller's account. Raises NotPermitted, NotFound."""
    with traced(caller, "showRole"):
        caller.require(LIST)
        return _role_of(caller.account, role_id)


def create_role(caller: Caller, *, name: str, description: str = "", actions: Iterable[str]) -> CustomRole:
    """Make a role in the caller's account.

    Raises NotPermitted, NameInvalid, NameTaken, ActionsMissing, ActionUnknown, TooManyCustomRoles."""
    role = CustomRole(account=caller.account, name=name, description=description)
    with traced(caller, "createRole", role) as trace:
        caller.require(CREATE)
        _fill(role, actions)
        trace.detail = {"actions": role.actions}
        try:
            with transaction.atomic(durable=True):
                Account.objects.select_for_update(no_key=True).get(pk=caller.account.pk)
                if CustomRole.objects.filter(account=caller.account).count() >= MOST:
                    raise TooManyCustomRoles()
                role.save(force_insert=True)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=name) from None
    return role


def update_role(caller: Caller, role: CustomRole, *, name: str, description: str, actions: Iterable[str]) -> CustomRole:
    """Change a role for all who hold it: from their next request on it allows `actions`.

    Raises NotPermitted, NotFound, NameInvalid, NameTaken, ActionsMissing, ActionUnknown."""
    with traced(caller, "updateRole", role) as trace:
        caller.require(UPDATE)
        wish = CustomRole(account=role.account, name=name, description=description)
        _fill(wish, actions)
        try:
            with transaction.atomic(durable=True):
                role = _role_of(caller.account, role.pk, is_locked=True)
                before = set(role.actions)
                trace.detail = {
                    "name": name,
                    "added": [one for one in wish.actions if one not in before],
                    "removed": sorted(before.difference(wish.actions)),
                }
                role.name, role.description, role.actions = wish.name, wish.description, wish.actions
                role.save(update_fields=["name", "description", "actions", "updated_at"])
                trace.done()
        except IntegrityError:
            raise NameTaken(name=name) from None
    return role


def delete_role(caller: Caller, role: CustomRole) -> None:
    """Delete a role that nobody holds. Raises NotPermitted, NotFound, RoleInUse."""
    with traced(caller, "deleteRole", role) as trace:
        caller.require(DELETE)
        with transaction.atomic(durable=True):
            locked = _role_of(caller.account, role.pk, is_locked=True)
            check_unused(locked)
            trace.done()
            locked.delete()


def check_unused(role: CustomRole) -> None:
    """Raise RoleInUse where a user holds the role."""
    holders = RoleAssignment.objects.filter(custom_role=role).order_by("user__login")
    logins = list(holders.values_list("user__login", flat=True).distinct()[: NAMED + 1])
    if logins:
        text = RoleInUse.more if len(logins) > NAMED else RoleInUse.text
        raise RoleInUse(text=text, users=listed(logins[:NAMED]))


def _fill(role: CustomRole, actions: Iterable[str]) -> None:
    """Check what the role is called and give it the actions, in the order of the list."""
    role.full_clean(exclude=["account", "actions"], validate_unique=False, validate_constraints=False)
    if role.name.lower() in {one.lower() for one in ROLES}:
        raise NameTaken(name=role.name)
    known, wanted = grantable(), set(actions)
    for action in sorted(wanted):
        if action not in known:
            raise ActionUnknown(action=action)
    if not wanted:
        raise ActionsMissing()
    role.actions = [one for one in known if one in wanted]


def _role_of(account: Account, role_id: int, *, is_locked: bool = False) -> CustomRole:
    roles = CustomRole.objects.filter(account=account)
    # Of the row with its key: who gives the role to somebody meanwhile waits, and finds it gone.
    found = (roles.select_for_update() if is_locked else roles).filter(pk=role_id).first()
    if found is None:
        raise NotFound()
    return found
