"""Who may use a key, and why: each user's roles and grants, asked as the checks of a call ask them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from console.access.caller import Caller
from console.access.permissions import Right, held_by_each, rights_from
from console.access.trail import traced
from console.models import User
from keys.calls import Call, Kind
from keys.grantable import COVERED_BY
from keys.models import RULES, Grant, Key, fits
from keys.operations.finding import KeyId, find
from keys.operations.permitting import covers, serves

SHOWN = 50
ORDER = (Kind.USE, Kind.MANAGE, Kind.READ)


class Reason(NamedTuple):
    """Why somebody may do something: he manages the account (all empty), by a role of this name, by a grant, or as a
    service user of the service whose default key it is.

    A role is held everywhere, or for the key's project or enterprise project alone."""

    role: str = ""
    grant: str = ""
    service: str = ""
    of_project: bool = False
    of_enterprise_project: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What a user may do with a key: the operations that he may for the same reasons, by these; empty for none."""

    user: User
    operations: dict[tuple[Reason, ...], list[str]]


@dataclass(frozen=True, slots=True)
class AccessPage:
    """The users of the key's account by their logins, from one page; the login that the next one begins after (empty
    on the last); and, on the first page of all, the grants that give something to others."""

    users: list[Access]
    after: str
    outside: list[Grant]


def who_may(caller: Caller, key_id: KeyId, *, words: str = "", after: str = "", size: int = SHOWN) -> AccessPage:
    """Every user of the account who may sign in, those whose logins have `words` in them, with what he may do and why.

    Raises NotPermitted, KeyNotFound."""
    with traced(caller, Call.LIST_GRANTS.trace) as trace:
        key = find(caller, trace, Call.LIST_GRANTS, key_id)
        account_id = key.project.account_id
        words, after = words.replace("\0", ""), after.replace("\0", "")  # which PostgreSQL takes in no text
        people = User.objects.filter(account=account_id, is_active=True, login__icontains=words, login__gt=after)
        found = list(people.order_by("login")[: size + 1])
        grants = list(Grant.objects.filter(key=key).select_related("grantee_user__account", "grantee_account"))
        roles = held_by_each(found[:size])
    calls = list(_calls_on(key))
    users = [
        Access(user, _operations(user, rights_from(user, key.project, roles.get(user.pk, [])), grants, calls, key))
        for user in found[:size]
    ]
    others = [one for one in grants if account_id not in {one.grantee_account_id, _account_of(one.grantee_user)}]
    outside = [] if words or after else others
    return AccessPage(users, found[size - 1].login if len(found) > size else "", outside)


def operation_name(call: Call) -> str:
    """What a call is called where it is listed: as in grants, where it can be granted."""
    return COVERED_BY.get(call) or call.name.lower().replace("_", "-")


def _operations(
    user: User, rights: Sequence[Right], grants: Sequence[Grant], calls: Iterable[Call], key: Key
) -> dict[tuple[Reason, ...], list[str]]:
    found: dict[tuple[Reason, ...], list[str]] = {}
    for call in calls:
        reasons = dict.fromkeys(_reasons(user, rights, grants, call, key))
        if reasons:
            found.setdefault(tuple(reasons), []).append(operation_name(call))
    return found


def _reasons(user: User, rights: Sequence[Right], grants: Sequence[Grant], call: Call, key: Key) -> Iterator[Reason]:
    for right in rights:
        if right.covers(call.action, key.enterprise_project_id):
            yield Reason(
                right.role,
                of_project=right.is_of_project,
                of_enterprise_project=right.enterprise_project_id is not None,
            )
    if key.is_default and user.project_id == key.project_id and serves(user, call, key.alias):
        yield Reason(service=user.service)
    for grant in grants:
        if grant.is_for(user) and covers(grant.operations, call):
            yield Reason(grant=str(grant))


def _calls_on(key: Key) -> Iterator[Call]:
    """The calls that ever work with this key, those that use it first."""
    return (call for call in sorted(RULES, key=lambda one: ORDER.index(one.kind)) if fits(key, call))


def _account_of(user: User | None) -> str | None:
    return user.account_id if user else None
