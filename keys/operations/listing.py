"""Keys in numbers and in long lists, as applications ask for them."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import msgspec

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Project
from console.models.enterprise import DEFAULT_ID
from console.recall import Recall
from keys.calls import Call
from keys.errors import KeyNotFound, KeyStateUnknown, LimitInvalid, MarkerInvalid
from keys.models import Key, KeyState
from keys.operations.finding import KeyId, alias_in, parse_key_id
from keys.operations.permitting import granted, permit
from keys.specs import DEFAULT_KEYS, DEFAULT_SPEC, spec_named
from keys.validators import GRANTS_PER_KEY

LONGEST_LIST = 2000
ALL_SPECS, ALL_ENTERPRISE_PROJECTS = "ALL", "all"
STATES = frozenset({1, 2, 3, 4, 5, 7})
"""Those of the API; a key of ours is never to be activated (1) nor frozen (7)."""
GREATEST_NUMBER = 10**18


class KeyDetails(msgspec.Struct):
    """A key in the words of the wire: every value a text, times in milliseconds, empty where there is nothing.

    `expiration_time` is that of its imported material."""

    key_id: str
    key_alias: str
    key_description: str
    key_spec: str
    key_usage: str
    key_state: str
    origin: str
    default_key_flag: str
    creation_date: str
    scheduled_deletion_date: str
    pending_days: str
    sys_enterprise_project_id: str
    key_rotation_enabled: str
    domain_id: str
    realm: str
    key_type: str = "1"
    expiration_time: str = ""
    keystore_id: str = "0"
    keystore_type: str = "DEFAULT"
    multi_region_key_type: str = "SINGLE"


# What the database has of KeyDetails, in their order; a hundred keys are ready in half a millisecond so.
_COLUMNS = ", ".join(
    (
        "k.id",
        "k.alias",
        "k.description",
        "k.key_spec",
        "k.key_usage",
        "CAST(k.state AS text)",
        "k.origin",
        "CASE WHEN k.is_default THEN '1' ELSE '0' END",
        sql.milliseconds("k.created_at"),
        f"COALESCE({sql.milliseconds('k.deletion_at')}, '')",
        "COALESCE(CAST(k.pending_days AS text), '')",
        f"COALESCE(e.eps_id, '{DEFAULT_ID}')",
        "CASE WHEN k.rotates_at IS NULL THEN 'false' ELSE 'true' END",
        f"COALESCE({sql.milliseconds('k.material_expires_at')}, '')",
    )
)
# When the first key goes, and when the first loses its material.
_FIRST_ENDS = f"{sql.milliseconds('MIN(k.deletion_at)')}, {sql.milliseconds('MIN(k.material_expires_at)')}"
_NAMED = sql.fields(Key, "id", "project_id", "enterprise_project_id", "alias")
_FROM = "FROM keys_key k LEFT JOIN console_enterpriseproject e ON e.id = k.enterprise_project_id"
_EXISTING = "k.project_id = %s AND k.deleted_at IS NULL AND (k.deletion_at IS NULL OR k.deletion_at > %s)"
_ONE = sql.Query(f"SELECT {_COLUMNS}, k.enterprise_project_id {_FROM} WHERE {_EXISTING} AND k.id = %s")
_ONE_DEFAULT = sql.Query(
    f"SELECT {_COLUMNS}, k.enterprise_project_id {_FROM} WHERE {_EXISTING} AND k.alias = %s AND k.is_default"
)
_ONE_OF_ALIAS = sql.Query(
    f"SELECT {_COLUMNS}, k.enterprise_project_id {_FROM} JOIN keys_alias a ON a.key_id = k.id"
    f" WHERE {_EXISTING} AND a.account_id = %s AND a.region_id = %s AND a.name = %s"
)
# From the grants to their keys: most keys have none.
_MOST_GRANTS = sql.Query("""
SELECT COALESCE(MAX(of_one.grants), 0) FROM (
    SELECT COUNT(*) AS grants FROM keys_grant g JOIN keys_key k ON k.id = g.key_id
    JOIN console_project p ON p.id = k.project_id
    WHERE p.account_id = %s AND k.deleted_at IS NULL AND (k.deletion_at IS NULL OR k.deletion_at > %s) GROUP BY g.key_id
) of_one
""")


@dataclass(frozen=True, slots=True)
class KeyList:
    """Some keys, newest first; the marker of the next page (0: this is the last), and how many there are in all."""

    keys: list[KeyDetails]
    next_marker: int
    total: int


class _Listed(NamedTuple):
    """A whole list, and when time alone changes it, in milliseconds since 1970."""

    found: KeyList
    until: float


class _Described(NamedTuple):
    """A key's details, what its trace names, and when time alone changes them, in milliseconds since 1970."""

    found: KeyDetails
    key: Key
    until: float


# Few: a list is as large as many keys.
_lists: Recall[_Listed] = Recall(most=16)
_keys: Recall[_Described] = Recall(most=4096)


class Quotas(NamedTuple):
    """What an account uses and may use: its keys, and the grants of the key that has most of them."""

    keys_used: int
    keys_allowed: int
    grants_used: int
    grants_allowed: int


def describe_key(caller: Caller, key_id: KeyId) -> KeyDetails:
    """A key of the caller's project, or one that he holds a grant of, in one quick read; an alias does for the id.

    Raises KeyIdInvalid, KeyNotFound, NotPermitted, NotGranted."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    project, held = caller.project, None
    with traced(caller, Call.DESCRIBE_KEY.trace) as trace:
        wish = (caller.user and caller.user.id, project.id, key_id)
        known = _keys.get(wish)
        if known is not None and known.until > time.time() * 1000:
            trace.about(known.key, of=known.key.project)
            return known.found
        place = (project.pk, sql.now_parameter())
        if key_id in DEFAULT_KEYS:
            found = _ONE_DEFAULT.rows(*place, key_id)
        elif alias := alias_in(caller, key_id):
            found = _ONE_OF_ALIAS.rows(*place, project.account_id, project.region_id, alias)
        else:
            pk = parse_key_id(key_id)
            found = _ONE.rows(*place, sql.uuid_parameter(pk))
            if not found and (held := granted(caller, pk)):
                project = held.project
                found = _ONE.rows(project.pk, sql.now_parameter(), sql.uuid_parameter(pk))
        if not found:
            raise KeyNotFound()
        *row, enterprise_project_id = found[0]
        details = _details(row, project)
        named = (uuid.UUID(details.key_id), project.pk, enterprise_project_id, details.key_alias)
        key = sql.instance(Key, _NAMED, named, project=project)
        permit(caller, trace, Call.DESCRIBE_KEY, key, held)
        return _keys.keep(wish, _Described(details, key, _until([details]))).found


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
        scope = caller.scope(Call.LIST_KEYS.action)
        wish = (caller.project.pk, limit, marker, state, spec, enterprise_project, scope and frozenset(scope))
        known = _lists.get(wish)
        if known is not None and known.until > time.time() * 1000:
            return known.found
        tables, parameters = _filtered(caller, caller.project, state, spec, enterprise_project)
        after = " AND k.number < %s" if marker else ""
        query = f"SELECT {_COLUMNS}, k.number {tables}{after} ORDER BY k.number DESC LIMIT %s"
        found = sql.Query(query).rows(*parameters, *([marker] if marker else []), limit + 1)
        keys = _all_details([row[:-1] for row in found[:limit]], caller.project)
        more = len(found) > limit
        if more or marker:
            # Without the join where nothing asks for it: then the index alone is counted.
            counted = tables if "e.eps_id" in tables else tables.replace(_FROM, "FROM keys_key k")
            ((total, *ends),) = sql.Query(f"SELECT COUNT(*), {_FIRST_ENDS} {counted}").rows(*parameters)
            until = min((int(end) for end in ends if end), default=inf)
        else:
            total, until = len(keys), _until(keys)
        listed = KeyList(keys, found[limit - 1][-1] if more else 0, total)
        if state is None:  # else keys that are not in it come into it by time
            _lists.keep(wish, _Listed(listed, until))
        return listed


def select_where(
    project: Project, condition: str, parameters: Sequence[Any], *, limit: int, offset: int
) -> tuple[list[KeyDetails], int]:
    """A page of the project's keys `k` that exist and meet the SQL `condition`, newest first, and how many there are in
    all: in one read, two where the page is empty."""
    tables, known = _meeting(project, condition, parameters)
    counted = f"SELECT COUNT(*) FROM keys_key k {tables}"  # noqa: S608 - conditions of ours; what users gave are parameters
    page = f"SELECT {_COLUMNS}, ({counted}) {_FROM} {tables} ORDER BY k.number DESC LIMIT %s OFFSET %s"
    rows = sql.Query(page).rows(*known, *known, limit, offset)
    total = rows[0][-1] if rows else count_where(project, condition, parameters) if offset else 0
    return [_details(row[:-1], project) for row in rows], total


def count_where(project: Project, condition: str, parameters: Sequence[Any]) -> int:
    """How many of the project's keys `k` exist and meet the SQL `condition`."""
    tables, known = _meeting(project, condition, parameters)
    ((total,),) = sql.Query(f"SELECT COUNT(*) FROM keys_key k {tables}").rows(*known)  # noqa: S608 - the same
    return int(total)


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
        ((grants_used,),) = _MOST_GRANTS.rows(account.pk, sql.now_parameter())
        return Quotas(account.key_count, account.key_quota, grants_used, GRANTS_PER_KEY)


def _filtered(
    caller: Caller, project: Project, state: int | None, spec: str, enterprise_project: str
) -> tuple[str, list[Any]]:
    """FROM and WHERE of the keys that are asked for and that the caller may list."""
    if state is not None and state not in STATES:
        raise KeyStateUnknown()
    where = [_EXISTING]
    parameters: list[Any] = [project.pk, sql.now_parameter()]
    if state is not None:
        condition, given = _in_state(state)
        where.append(condition)
        parameters += given
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
    return f"{_FROM} WHERE {' AND '.join(where)}", parameters


def _in_state(state: int) -> tuple[str, list[Any]]:
    """WHERE of the keys of a state, as `KeyQuerySet.in_state` has it."""
    now = sql.now_parameter()
    if state == KeyState.PENDING_IMPORT:
        works = f"k.state IN ({KeyState.ENABLED:d}, {KeyState.DISABLED:d})"
        return f"(k.state = %s OR ({works} AND k.material_expires_at <= %s))", [state, now]
    if state == KeyState.PENDING_DELETION:
        return "k.state = %s", [state]
    return "k.state = %s AND (k.material_expires_at IS NULL OR k.material_expires_at > %s)", [state, now]


def _meeting(project: Project, condition: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    return f"WHERE {_EXISTING} AND {condition}", [project.pk, sql.now_parameter(), *parameters]


def _details(row: Sequence[Any], project: Project) -> KeyDetails:
    return _all_details([row], project)[0]


def _until(keys: Sequence[KeyDetails]) -> float:
    """When the first of these keys goes, or loses its material."""
    return min(
        (int(at) for key in keys for at in (key.scheduled_deletion_date, key.expiration_time) if at), default=inf
    )


def _all_details(rows: Sequence[Sequence[Any]], project: Project) -> list[KeyDetails]:
    text_of = sql.uuid_text
    place, now = (project.account_id, project.region_id), time.time() * 1000
    keys = []
    for row in rows:
        key: KeyDetails = KeyDetails(text_of(row[0]), *row[1:-1], *place)  # type: ignore[call-arg]
        if expires := row[-1]:
            if int(expires) > now:
                key.expiration_time = expires
            else:
                key.key_state = str(KeyState(int(key.key_state)).without_material.value)
        keys.append(key)
    return keys
