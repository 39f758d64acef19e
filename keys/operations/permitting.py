"""Whether a caller may make a call on a key: by his roles in the key's project, by grants, wherever the key is, or as a
service user of the service whose default key it is.

The one place that decides it. Whoever looks for a key reads it in the caller's project first; only where it is not
there, or roles don't suffice, the grants are read, so that the way of a key's own users gets no longer.
"""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from console import sql
from console.access.caller import Caller
from console.access.trail import Tracing
from console.models import Project, User
from keys.calls import Call
from keys.errors import GrantExceedsOwn, NotGranted
from keys.grantable import COVERED_BY, CREATE_GRANT, GRANTABLE, RETIRE_GRANT
from keys.models import Key

_PROJECT = sql.fields(Project, "id", "account_id", "region_id", "name")
_GRANTED = sql.Query(f"""
SELECT CAST(g.operations AS text), {", ".join(f"p.{name}" for name in _PROJECT)}
FROM keys_grant g JOIN keys_key k ON k.id = g.key_id JOIN console_project p ON p.id = k.project_id
WHERE g.key_id = %s AND (g.grantee_user_id = %s OR g.grantee_account_id = %s) AND p.region_id = %s
AND k.deleted_at IS NULL AND (k.deletion_at IS NULL OR k.deletion_at > %s)
""")  # noqa: S608 - names of columns alone

OF_SERVICES = frozenset(
    {Call.CREATE_DATAKEY, Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT, Call.DECRYPT_DATAKEY, Call.DESCRIBE_KEY}
)
"""What a service user may do with the default key of its service, without role or grant."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What all grants of a key together let a caller do, and the key's project."""

    operations: frozenset[str]
    project: Project

    def covers(self, call: Call) -> bool:
        return covers(self.operations, call)


def covers(operations: Collection[str], call: Call) -> bool:
    """Whether granted operations let their grantee make this call on the key."""
    return COVERED_BY.get(call) in operations


def serves(user: User | None, call: Call, alias: object) -> bool:
    """Whether the caller is a service user whose service's default key in its project has this name, and `call` is one
    that services make."""
    return user is not None and user.service != "" and alias == user.default_key and call in OF_SERVICES


def granted(caller: Caller, key_id: uuid.UUID) -> Granted | None:
    """What the caller is granted on a key of his region, himself or by his account; None where there is no grant."""
    if caller.user is None or caller.project is None:
        return None
    who = (caller.user.pk, caller.user.account_id)
    rows = _GRANTED.rows(sql.uuid_parameter(key_id), *who, caller.project.region_id, sql.now_parameter())
    if not rows:
        return None
    operations: set[str] = set()
    for row in rows:
        operations.update(json.loads(row[0]))
    return Granted(frozenset(operations), _project_of(rows[0][1:]))


def permit(caller: Caller, trace: Tracing, call: Call, key: Key, held: Granted | None = None) -> None:
    """Name the key in the trace, and raise NotPermitted or NotGranted unless the caller may make `call` with it.

    `key` is one of his project, or one that `held` made visible to him; `held` is read here where it is not given."""
    trace.about(key, of=key.project)
    is_own = is_in_project_of(caller, key)
    if is_own and caller.is_allowed(call.action, within=key.enterprise_project_id):
        return
    if is_own and key.is_default and serves(caller.user, call, key.alias):
        return
    held = held or (granted(caller, key.pk) if call in COVERED_BY else None)
    if held is not None and held.covers(call):
        return
    if is_own:
        caller.require(call.action, within=key.enterprise_project_id, on=key.pk)
    raise NotGranted(key=key.pk)


def check_may_pass_on(caller: Caller, key: Key, operations: list[str]) -> None:
    """Raise NotGranted or GrantExceedsOwn unless the caller may grant these operations: whom a role lets create grants,
    or a grant of create-grant, passes on what he may himself, by his roles or by what he was granted; retiring, which
    only takes away, may be passed on by every role that creates grants. The key's row is locked."""
    within = key.enterprise_project_id
    by_role = is_in_project_of(caller, key) and caller.is_allowed(Call.CREATE_GRANT.action, within=within)
    beyond = operations
    if by_role:
        needed = {one: GRANTABLE[one].action for one in operations if one != RETIRE_GRANT}
        beyond = [one for one, action in needed.items() if not caller.is_allowed(action, within=within)]
        if not beyond:
            return
    held = granted(caller, key.pk)
    if not by_role and (held is None or CREATE_GRANT not in held.operations):
        raise NotGranted(key=key.pk)
    if beyond := [one for one in beyond if held is None or one not in held.operations]:
        raise GrantExceedsOwn(operations=", ".join(beyond))


def is_in_project_of(caller: Caller, key: Key) -> bool:
    """Whether the key is one of the project that the caller is in, where his roles count."""
    return caller.project is not None and key.project_id == caller.project.pk


def _project_of(columns: Any) -> Project:
    return sql.instance(Project, _PROJECT, columns)
