"""The key that a cryptographic call works with: found, permitted, in a state to work, in one read of the database."""

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from console import sql
from console.access.caller import Caller
from console.access.trail import Tracing
from console.models import Project
from console.protection import root_key
from console.recall import Recall
from keys.calls import Call
from keys.crypto.errors import WrappedRejected
from keys.crypto.material import Material, unwrap_material
from keys.crypto.sealing import Header
from keys.errors import KeyIsDefault, KeyNotFound, KeyPendingImport, MaterialDamaged
from keys.models import RULES, Key, KeyState, check_usable
from keys.operations.creation import default_key
from keys.operations.finding import KeyId, alias_in, find, parse_key_id
from keys.operations.permitting import granted, permit, serves
from keys.operations.rotating import rotate_if_due
from keys.specs import DEFAULT_KEYS

logger = logging.getLogger(__name__)

_FIELDS = sql.fields(
    Key,
    *("id", "project_id", "enterprise_project_id", "alias", "key_spec", "key_usage", "origin", "state", "is_default"),
)
_ID = _FIELDS.index("id")
# The version asked for, or the newest where 0 is asked for; whether the next one is due, and whether the material
# expired; until when all of this holds, where SQLite reads it: PostgreSQL can't tell that nothing changed.
_UNTIL = "MIN(COALESCE(k.deletion_at, '9'), COALESCE(k.rotates_at, '9'), COALESCE(k.material_expires_at, '9'))"
_WHAT = (
    f"{', '.join(f'k.{name}' for name in _FIELDS)}, v.number, v.wrapped_material, v.public_key, k.rotates_at <= %s, "
    f"k.material_expires_at <= %s, {f'CAST({_UNTIL} AS text)' if sql.IS_SQLITE else 'NULL'}"
)
_EXISTING = "k.project_id = %s AND k.deleted_at IS NULL AND (k.deletion_at IS NULL OR k.deletion_at > %s)"
_QUERY = sql.Query(f"""
SELECT {_WHAT} FROM keys_key k LEFT JOIN keys_keyversion v ON v.key_id = k.id AND (%s = 0 OR v.number = %s)
WHERE {_EXISTING} AND k.id = %s ORDER BY v.number DESC LIMIT 1
""")  # noqa: S608 - names of columns alone
# By an alias nobody knows yet whether it is the key that a ciphertext names: the version counts for that key alone.
_QUERY_BY_ALIAS = sql.Query(f"""
SELECT {_WHAT} FROM keys_alias a JOIN keys_key k ON k.id = a.key_id
LEFT JOIN keys_keyversion v ON v.key_id = k.id AND (%s = 0 OR k.id <> %s OR v.number = %s)
WHERE {_EXISTING} AND a.account_id = %s AND a.region_id = %s AND a.name = %s ORDER BY v.number DESC LIMIT 1
""")  # noqa: S608 - names of columns alone
_recall: "Recall[WorkingKey]" = Recall(most=4096)
NEWEST, NOBODY = 0, uuid.UUID(int=0)
MAKE_DEFAULT_KEYS = frozenset({Call.CREATE_DATAKEY, Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT})


@dataclass(frozen=True, slots=True)
class WorkingKey:
    """A key and one of its versions; `number` is 0 where it has no such version; `is_due`: the next version is due.

    `until` is when time alone changes any of it, in seconds since 1970."""

    key: Key
    number: int
    wrapped_material: bytes | None
    public_half: bytes | None
    is_due: bool = False
    until: float = inf

    @property
    def id(self) -> uuid.UUID:
        return self.key.pk

    def material(self) -> Material:
        """The version's material, unwrapped. Raises KeyPendingImport where there is none, MaterialDamaged where it does
        not open."""
        if self.wrapped_material is None:
            raise KeyPendingImport()
        try:
            return unwrap_material(root_key(), self.wrapped_material, str(self.id), self.number, self.key.key_spec)
        except WrappedRejected:
            logger.error(
                "Key %s, version %s: the material in the database is damaged, or of another key.", self.id, self.number
            )
            raise MaterialDamaged(key_id=self.id, version=self.number) from None

    def public_key(self) -> bytes:
        """The version's public key as SubjectPublicKeyInfo DER. Raises KeyPendingImport where there is none yet."""
        if self.public_half is None:
            raise KeyPendingImport()
        return self.public_half


def working_key(
    caller: Caller, trace: Tracing, call: Call, key_id: KeyId, *, header: Header | None = None
) -> WorkingKey:
    """The key for `call`, with the version that a ciphertext's `header` names where it names this key, else with its
    newest one. An alias may stand for the id, or the name of a default key, which is made when a data key is first
    asked of it.

    Where the next version is due and the newest is asked for, it is made here: who encrypts depends on no sweep.
    Raises KeyIdInvalid, KeyNotFound, NotPermitted, NotGranted and what the key's kind or state refuses."""
    project = caller.project
    assert project is not None  # noqa: S101 - the place is resolved before any operation
    # Who may do what follows from the database alone: what was found for a wish is found again at the same state.
    named = key_id if isinstance(key_id, str) else key_id.int  # numbers are compared quicker than UUIDs
    version = header and (header.key_id.int, header.key_version)
    wish = (caller.user and caller.user.id, project.id, call, named, version)
    known = _recall.get(wish)
    if known is not None and known.until > time.time():
        trace.about(known.key, of=known.key.project)
        return known
    return _recall.keep(wish, _found(caller, project, trace, call, key_id, header))


def _found(
    caller: Caller, project: Project, trace: Tracing, call: Call, key_id: KeyId, header: Header | None
) -> WorkingKey:
    held = None
    if alias := alias_in(caller, key_id):
        found = _read_alias(project, alias, header)
    else:
        pk = _default_key_id(caller, trace, call, key_id) if key_id in DEFAULT_KEYS else parse_key_id(key_id)
        version = header.key_version if header and header.key_id == pk else NEWEST
        found = _read(project, pk, version)
        if found is None and (held := granted(caller, pk)):
            found = _read(held.project, pk, version)
    if found is None:
        raise KeyNotFound()
    permit(caller, trace, call, found.key, held)
    check_usable(found.key, call)
    if found.is_due and (header is None or header.key_id != found.id):
        return _rotated(found, call)
    return found


def _rotated(working: WorkingKey, call: Call) -> WorkingKey:
    """The same key with the version that was due."""
    rotate_if_due(working.key)
    found = _read(working.key.project, working.id, NEWEST)
    if found is None:
        raise KeyNotFound()
    check_usable(found.key, call)
    return found


def _read(project: Project, pk: uuid.UUID, version: int) -> WorkingKey | None:
    now = sql.now_parameter()
    found = _QUERY.rows(now, now, version, version, project.pk, now, sql.uuid_parameter(pk))
    return _made_of(found[0], project, pk) if found else None


def _read_alias(project: Project, alias: str, header: Header | None) -> WorkingKey | None:
    now = sql.now_parameter()
    version, of = (header.key_version, header.key_id) if header else (NEWEST, NOBODY)
    versions = (version, sql.uuid_parameter(of), version)
    place = (project.account_id, project.region_id, alias)
    found = _QUERY_BY_ALIAS.rows(now, now, *versions, project.pk, now, *place)
    return _made_of(found[0], project, uuid.UUID(str(found[0][_ID]))) if found else None


def _made_of(row: sql.Row, project: Project, pk: uuid.UUID) -> WorkingKey:
    fields, (number, wrapped, public, is_due, has_expired, until) = row[: len(_FIELDS)], row[len(_FIELDS) :]
    key = sql.instance(Key, _FIELDS, fields, project=project)
    key.id = pk
    if has_expired:
        key.state = KeyState(key.state).without_material
    wrapped, public = wrapped and bytes(wrapped), public and bytes(public)
    return WorkingKey(key, number or 0, wrapped, public, bool(is_due), _seconds(until))


def _seconds(until: str | None) -> float:
    """The time that the database wrote, in seconds since 1970."""
    return inf if until in (None, "9") else datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp()


def _default_key_id(caller: Caller, trace: Tracing, call: Call, name: KeyId) -> uuid.UUID:
    if call in MAKE_DEFAULT_KEYS:
        if not serves(caller.user, call, name):
            caller.require(call.action)
        return default_key(caller, str(name)).pk
    if not RULES[call].takes_default_keys:
        caller.require(call.action)
        raise KeyIsDefault()
    return find(caller, trace, call, name).pk
