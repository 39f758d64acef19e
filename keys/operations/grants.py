"""Grants: made by a key's owner, or passed on by a grantee; listed, revoked and retired."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account, User
from keys.calls import Call
from keys.errors import (
    GranteeTypeUnknown,
    GranteeUnknown,
    GrantIdInvalid,
    GrantOfAnotherKey,
    LimitInvalid,
    MarkerInvalid,
    RetiringUserUnknown,
    TooManyGrants,
)
from keys.grantable import GRANTABLE, RETIRE_GRANT
from keys.models import Grant, GranteeType, Key, check_usable
from keys.operations.finding import KeyId, find, lock, parse_key_id
from keys.operations.listing import LONGEST_LIST
from keys.operations.permitting import check_may_pass_on, granted
from keys.validators import GRANTS_PER_KEY, validate_grant_name, validate_operations

SUGGESTED = 100
FIRST_PAGE = frozenset({"", "0"})
GRANT_ID = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
PRINCIPAL_ID = re.compile(r"[a-zA-Z0-9]{1,64}")
Principal = TypeVar("Principal", User, Account)


@dataclass(frozen=True, slots=True)
class GrantList:
    """Some grants, oldest first; the marker of the next page, empty on the last; and how many there are in all."""

    grants: list[Grant]
    next_marker: str
    total: int


def create_grant(
    caller: Caller,
    key_id: KeyId,
    *,
    grantee: str,
    operations: Sequence[str],
    grantee_type: str = GranteeType.USER,
    name: str = "",
    retiring_user: str = "",
) -> Grant:
    """Let a user, or every user of an account, make `operations` on an enabled custom key; `retiring_user` may end the
    grant. A grantee with create-grant passes on what he holds himself; that outlives his own grant.

    Raises NotPermitted, NotGranted, KeyNotFound, OperationUnknown, GrantOfCreateGrantAlone, GrantNameInvalid,
    GranteeTypeUnknown, GranteeUnknown, RetiringUserUnknown, GrantExceedsOwn, TooManyGrants and what the key's state or
    kind refuses."""
    call = Call.CREATE_GRANT
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        check_usable(key, call)
        validate_operations(operations)
        validate_grant_name(name)
        grant = Grant(
            operations=[one for one in GRANTABLE if one in operations],
            name=name,
            retiring_user=_existing(User, retiring_user, RetiringUserUnknown) if retiring_user else None,
            issuer=caller.user,
        )
        match grantee_type:
            case GranteeType.USER:
                grant.grantee_user = _existing(User, grantee)
            case GranteeType.ACCOUNT:
                grant.grantee_account = _existing(Account, grantee)
            case _:
                raise GranteeTypeUnknown()
        trace.detail = {"grant_id": grant.pk, "grantee": grant.grantee_id, "operations": grant.operations}
        with transaction.atomic(durable=True):
            grant.key = lock(key, call)
            check_may_pass_on(caller, grant.key, grant.operations)
            if Grant.objects.filter(key=key).count() >= GRANTS_PER_KEY:
                raise TooManyGrants()
            grant.save(force_insert=True)
            trace.done()
    return grant


def grantee_named(caller: Caller, typed: str) -> tuple[str, GranteeType]:
    """Who is meant by a login of the caller's account, else by the id of a user or an account: id and type.

    The id of nobody is a user's, whom `create_grant` does not find."""
    user = User.objects.filter(account=caller.account, login__iexact=typed.replace("\0", "")).first()
    if user is not None:
        return user.pk, GranteeType.USER
    is_account = PRINCIPAL_ID.fullmatch(typed) is not None and Account.objects.filter(pk=typed).exists()
    return typed, GranteeType.ACCOUNT if is_account else GranteeType.USER


def suggest_grantees(caller: Caller) -> list[str]:
    """The logins of the caller's account, at most 100, in order. Raises NotPermitted."""
    caller.require(Call.CREATE_GRANT.action)
    users = User.objects.filter(account=caller.account, is_active=True)
    return list(users.order_by("login").values_list("login", flat=True)[:SUGGESTED])


def list_grants(caller: Caller, key_id: KeyId, *, limit: int = GRANTS_PER_KEY, marker: str = "") -> GrantList:
    """Up to `limit` grants of a key, after the one that `marker` names.

    Raises NotPermitted, KeyNotFound, LimitInvalid, MarkerInvalid."""
    with traced(caller, Call.LIST_GRANTS.trace) as trace:
        key = find(caller, trace, Call.LIST_GRANTS, key_id)
        check_usable(key, Call.LIST_GRANTS)
        return _page(Grant.objects.filter(key=key), limit, marker)


def list_retirable_grants(caller: Caller, *, limit: int = GRANTS_PER_KEY, marker: str = "") -> GrantList:
    """Up to `limit` grants of the region's keys, in any account, that name the caller as the one who may retire them.

    Raises NotPermitted, LimitInvalid, MarkerInvalid."""
    with traced(caller, Call.LIST_RETIRABLE_GRANTS.trace):
        caller.require(Call.LIST_RETIRABLE_GRANTS.action)
        return _page(
            _in_region_of(caller).filter(retiring_user__isnull=False, retiring_user=caller.user), limit, marker
        )


def revoke_grant(caller: Caller, key_id: KeyId, grant_id: str) -> None:
    """End a grant, as the owner of its key; the grantee is refused at once.

    Raises NotPermitted, KeyNotFound, GrantIdInvalid, GrantOfAnotherKey."""
    call = Call.REVOKE_GRANT
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        trace.detail = {"grant_id": _parsed(grant_id)}
        with transaction.atomic(durable=True):
            _grant_of(lock(key, call), grant_id).delete()
            trace.done()


def retire_grant(caller: Caller, key_id: KeyId, grant_id: str) -> None:
    """End a grant, as one who no longer needs it: the user named for it, its issuer, the grantee where he is granted
    retire-grant, or whoever may retire grants in the key's project.

    Raises NotPermitted, NotGranted, KeyNotFound, GrantIdInvalid, GrantOfAnotherKey."""
    call = Call.RETIRE_GRANT
    with traced(caller, call.trace) as trace:
        key = _retired_by_right(caller, key_id, grant_id)
        if key is not None:
            trace.about(key, of=key.project)
        else:
            key = find(caller, trace, call, key_id)
        trace.detail = {"grant_id": _parsed(grant_id)}
        with transaction.atomic(durable=True):
            _grant_of(lock(key, call), grant_id).delete()
            trace.done()


def _retired_by_right(caller: Caller, key_id: KeyId, grant_id: str) -> Key | None:
    """The key of a grant that the caller may retire because of what the grant says, not of his roles."""
    pk, user = parse_key_id(key_id), caller.user
    if user is None or not GRANT_ID.fullmatch(grant_id):
        return None
    grants = _in_region_of(caller).select_related("key__project")
    grant = grants.filter(pk=grant_id.lower(), key=pk).first()
    if grant is None:
        return None
    if user.pk not in {grant.retiring_user_id, grant.issuer_id}:
        held = granted(caller, pk) if grant.is_for(user) else None
        if held is None or RETIRE_GRANT not in held.operations:
            return None
    return grant.key


def _in_region_of(caller: Caller) -> "QuerySet[Grant]":
    """The grants of all keys that exist in the caller's region."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    return Grant.objects.filter(key__in=Key.objects.existing().filter(project__region=caller.project.region_id))


def _grant_of(key: Key, grant_id: str) -> Grant:
    """The grant of this id, of this key. Raises GrantIdInvalid, GrantOfAnotherKey."""
    grant = Grant.objects.filter(pk=_parsed(grant_id), key__project=key.project_id).first()
    if grant is None:
        raise GrantIdInvalid()
    if grant.key_id != key.pk:
        raise GrantOfAnotherKey()
    return grant


def _parsed(grant_id: str) -> str:
    if not GRANT_ID.fullmatch(grant_id):
        raise GrantIdInvalid()
    return grant_id.lower()


def _existing(model: type[Principal], principal: str, unknown: type[GranteeUnknown] = GranteeUnknown) -> Principal:
    """The user or account with this id. Raises `unknown`."""
    found = model._default_manager.filter(pk=principal).first() if PRINCIPAL_ID.fullmatch(principal) else None
    if found is None:
        raise unknown(principal=principal[:64])
    return found


def _page(grants: "QuerySet[Grant]", limit: int, marker: str) -> GrantList:
    if not 1 <= limit <= LONGEST_LIST:
        raise LimitInvalid()
    total = grants.count()
    if marker not in FIRST_PAGE:
        if not GRANT_ID.fullmatch(marker):
            raise MarkerInvalid()
        grants = grants.filter(pk__gt=marker.lower())
    found = list(grants.order_by("pk")[: limit + 1])
    return GrantList(found[:limit], found[limit - 1].pk if len(found) > limit else "", total)
