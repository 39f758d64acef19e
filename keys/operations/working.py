"""The key that a cryptographic call works with: found, permitted, in a state to work, in one read of the database."""

import uuid
from dataclasses import dataclass

from console import sql
from console.access.caller import Caller
from console.access.trail import Tracing
from console.protection import root_key
from keys.calls import Call
from keys.crypto.material import Material, unwrap_material
from keys.errors import KeyIsDefault, KeyNotFound, KeyPendingImport
from keys.models import RULES, Key, KeyState, check_usable
from keys.operations.creation import default_key
from keys.operations.finding import KeyId, find, parse_key_id
from keys.specs import DEFAULT_KEYS

_FIELDS = sql.fields(
    Key,
    *("id", "project_id", "enterprise_project_id", "alias", "key_spec", "key_usage", "origin", "state", "is_default"),
)
# The version asked for, or the newest where 0 is asked for.
_QUERY = sql.Query(f"""
SELECT {", ".join(f"k.{name}" for name in _FIELDS)}, v.number, v.wrapped_material, v.public_key,
    CASE WHEN k.material_expires_at <= %s THEN 1 ELSE 0 END
FROM keys_key k LEFT JOIN keys_keyversion v ON v.key_id = k.id AND (%s = 0 OR v.number = %s)
WHERE k.id = %s AND k.project_id = %s AND k.deleted_at IS NULL AND (k.deletion_at IS NULL OR k.deletion_at > %s)
ORDER BY v.number DESC LIMIT 1
""")  # noqa: S608 - names of columns alone
MAKE_DEFAULT_KEYS = frozenset({Call.CREATE_DATAKEY, Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT})


@dataclass(frozen=True, slots=True)
class WorkingKey:
    """A key and one of its versions; `number` is 0 where it has no such version."""

    key: Key
    number: int
    wrapped_material: bytes | None
    public_half: bytes | None

    @property
    def id(self) -> uuid.UUID:
        return self.key.pk

    def material(self) -> Material:
        """The version's material, unwrapped. Raises KeyPendingImport where there is none."""
        if self.wrapped_material is None:
            raise KeyPendingImport()
        return unwrap_material(root_key(), self.wrapped_material, str(self.id), self.number, self.key.key_spec)

    def public_key(self) -> bytes:
        """The version's public key as SubjectPublicKeyInfo DER. Raises KeyPendingImport where there is none yet."""
        if self.public_half is None:
            raise KeyPendingImport()
        return self.public_half


def working_key(caller: Caller, trace: Tracing, call: Call, key_id: KeyId, *, version: int = 0) -> WorkingKey:
    """The key for `call`, with its newest version or the one asked for; a default key may be named, and is made when a
    data key is first asked of it.

    Raises KeyIdInvalid, KeyNotFound, NotPermitted and what the key's kind or state refuses."""
    pk = _default_key_id(caller, trace, call, key_id) if key_id in DEFAULT_KEYS else parse_key_id(key_id)
    found = _read(caller, pk, version)
    if found is None:
        raise KeyNotFound()
    trace.about(found.key)
    caller.require(call.action, within=found.key.enterprise_project_id, on=pk)
    check_usable(found.key, call)
    return found


def _read(caller: Caller, pk: uuid.UUID, version: int) -> WorkingKey | None:
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    now = sql.now_parameter()
    found = _QUERY.rows(now, version, version, sql.uuid_parameter(pk), caller.project.pk, now)
    if not found:
        return None
    fields, (number, wrapped, public, has_expired) = found[0][: len(_FIELDS)], found[0][len(_FIELDS) :]
    key = sql.instance(Key, _FIELDS, fields, project=caller.project)
    key.id, key.is_default = pk, bool(key.is_default)
    if has_expired:
        key.state = KeyState(key.state).without_material
    return WorkingKey(key, number or 0, wrapped and bytes(wrapped), public and bytes(public))


def _default_key_id(caller: Caller, trace: Tracing, call: Call, name: KeyId) -> uuid.UUID:
    if call in MAKE_DEFAULT_KEYS:
        caller.require(call.action)
        return default_key(caller, str(name)).pk
    if not RULES[call].takes_default_keys:
        caller.require(call.action)
        raise KeyIsDefault()
    return find(caller, trace, call, name).pk
