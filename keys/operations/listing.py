"""Keys in numbers and in long lists, as applications ask for them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.utils import timezone

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Project
from console.models.enterprise import DEFAULT_ID
from keys.calls import Call
from keys.errors import KeyStateUnknown, LimitInvalid, MarkerInvalid
from keys.models import Key
from keys.specs import DEFAULT_SPEC, spec_named

LONGEST_LIST = 2000
ALL_SPECS, ALL_ENTERPRISE_PROJECTS = "ALL", "all"
STATES = frozenset({1, 2, 3, 4, 5, 7})
"""Those of the API; a key of ours is never to be activated (1) nor frozen (7)."""
GREATEST_NUMBER = 10**18
GRANTS_PER_KEY = 100


class KeyRow(NamedTuple):
    """A key as lists and details tell of it."""

    id: uuid.UUID
    number: int
    alias: str
    description: str
    key_spec: str
    key_usage: str
    state: int
    origin: str
    is_default: bool
    created_at: datetime
    deletion_at: datetime | None
    pending_days: int | None
    eps_id: str

    @classmethod
    def of(cls, key: Key) -> Self:
        """Of a key that was read with its enterprise project."""
        eps_id = key.enterprise_project.eps_id if key.enterprise_project else DEFAULT_ID
        values = [getattr(key, name) for name in cls._fields[:-1]]
        return cls(*values, eps_id)

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> Self:
        """Of a row of the list's query."""
        pk, number, alias, description, spec, usage, state, origin, is_default, created, deletion, days, eps = row
        return cls(
            sql.as_uuid(pk),
            number,
            alias,
            description,
            spec,
            usage,
            state,
            origin,
            bool(is_default),
            sql.as_moment(created),
            sql.as_moment(deletion) if deletion else None,
            days,
            eps or DEFAULT_ID,
        )


_COLUMNS = ", ".join(f"k.{name}" for name in KeyRow._fields[:-1])


@dataclass(frozen=True, slots=True)
class KeyList:
    """Some keys, newest first; the marker of the next page (0: this is the last), and how many there are in all."""

    project: Project
    keys: list[KeyRow]
    next_marker: int
    total: int


class Quotas(NamedTuple):
    """What an account uses and may use: its keys, and the grants of the key that has most of them."""

    keys_used: int
    keys_allowed: int
    grants_used: int
    grants_allowed: int


def list_key_details(
    caller: Caller,
    *,
    limit: int = LONGEST_LIST,
    marker: int = 0,
    state: int | None = None,
    spec: str = DEFAULT_SPEC.name,
    enterprise_project: str = ALL_ENTERPRISE_PROJECTS,
) -> KeyList:
    """Up to `limit` keys of the caller's project, default keys included, newest first, after the one numbered `marker`.

    `spec` is ALL for every key spec; `enterprise_project` is its id on the wire, or all. Raises NotPermitted,
    LimitInvalid, MarkerInvalid, KeyStateUnknown, KeySpecUnknown."""
    with traced(caller, Call.LIST_KEYS.trace):
        assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
        caller.require(Call.LIST_KEYS.action)
        if not 1 <= limit <= LONGEST_LIST:
            raise LimitInvalid()
        if not 0 <= marker <= GREATEST_NUMBER:
            raise MarkerInvalid()
        tables, parameters = _filtered(caller, caller.project, state, spec, enterprise_project)
        after = " AND k.number < %s" if marker else ""
        query = f"SELECT {_COLUMNS}, e.eps_id {tables}{after} ORDER BY k.number DESC LIMIT %s"
        found = sql.Query(query).rows(*parameters, *([marker] if marker else []), limit + 1)
        keys = [KeyRow.of_row(row) for row in found[:limit]]
        more = len(found) > limit
        if more or marker:
            ((total,),) = sql.Query(f"SELECT COUNT(*) {tables}").rows(*parameters)
        else:
            total = len(keys)
        return KeyList(caller.project, keys, keys[-1].number if more else 0, total)


def count_keys(caller: Caller) -> int:
    """How many custom keys the caller's project has. Raises NotPermitted."""
    with traced(caller, Call.SHOW_INSTANCES.trace):
        caller.require(Call.SHOW_INSTANCES.action)
        return Key.objects.visible_to(caller, Call.SHOW_INSTANCES.action).filter(is_default=False).count()


def show_quotas(caller: Caller) -> Quotas:
    """What the caller's account uses of its quotas. Raises NotPermitted."""
    with traced(caller, Call.SHOW_QUOTAS.trace):
        caller.require(Call.SHOW_QUOTAS.action)
        account = caller.account
        return Quotas(account.key_count, account.key_quota, 0, GRANTS_PER_KEY)


def _filtered(
    caller: Caller, project: Project, state: int | None, spec: str, enterprise_project: str
) -> tuple[str, list[Any]]:
    """FROM and WHERE of the keys that are asked for and that the caller may list."""
    if state is not None and state not in STATES:
        raise KeyStateUnknown()
    where = ["k.project_id = %s", "k.deleted_at IS NULL", "(k.deletion_at IS NULL OR k.deletion_at > %s)"]
    parameters: list[Any] = [project.pk, sql.moment_parameter(timezone.now())]
    if state is not None:
        where.append("k.state = %s")
        parameters.append(state)
    if spec != ALL_SPECS:
        where.append("k.key_spec = %s")
        parameters.append(spec_named(spec).name)
    if enterprise_project == DEFAULT_ID:
        where.append("(e.eps_id IS NULL OR e.eps_id = %s)")
        parameters.append(DEFAULT_ID)
    elif enterprise_project != ALL_ENTERPRISE_PROJECTS:
        where.append("e.eps_id = %s")
        parameters.append(enterprise_project.replace("\0", ""))
    scope = caller.scope(Call.LIST_KEYS.action)
    if scope is not None:
        where.append(f"k.enterprise_project_id IN ({', '.join(['%s'] * len(scope))})")
        parameters += sorted(scope)
    tables = "FROM keys_key k LEFT JOIN console_enterpriseproject e ON e.id = k.enterprise_project_id"
    return f"{tables} WHERE {' AND '.join(where)}", parameters
