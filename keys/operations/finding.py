"""Finding the key that a call names, in the caller's project or by a grant, and whether he may do this with it."""

import re
import uuid
from typing import Any

from console.access.caller import Caller
from console.access.trail import Tracing
from keys.calls import Call
from keys.errors import AliasInvalid, KeyIdInvalid, KeyNotFound
from keys.models import Key, check_usable
from keys.operations.permitting import granted, permit
from keys.specs import DEFAULT_KEYS
from keys.validators import ALIAS_START, validate_alias_name

KeyId = str | uuid.UUID
WELL_FORMED = re.compile(r"[0-9a-z]{8}(-[0-9a-z]{4}){3}-[0-9a-z]{12}", re.IGNORECASE)


def parse_key_id(key_id: KeyId) -> uuid.UUID:
    """The id as a UUID. Raises KeyIdInvalid; KeyNotFound for one of the right form that no key can have."""
    if isinstance(key_id, uuid.UUID):
        return key_id
    if not WELL_FORMED.fullmatch(key_id):
        raise KeyIdInvalid()
    try:
        return uuid.UUID(key_id)
    except ValueError:
        raise KeyNotFound() from None


URN_START = "kms:"


def alias_in(caller: Caller, key_id: KeyId) -> str | None:
    """The alias that stands where a key ID may: itself, or as its URN in the caller's account and region; None for
    anything else.

    Raises KeyIdInvalid, and KeyNotFound for the URN of another account or region."""
    if isinstance(key_id, uuid.UUID) or not key_id.startswith((ALIAS_START, URN_START)):
        return None
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    here = ["kms", caller.project.region_id, caller.project.account_id, "alias"]
    *place, alias = [*here, key_id] if key_id.startswith(ALIAS_START) else key_id.split(":", len(here))
    try:
        validate_alias_name(alias)
    except AliasInvalid:
        raise KeyIdInvalid() from None
    if place != here:
        raise KeyNotFound()
    return alias


def find(caller: Caller, trace: Tracing, call: Call, key_id: KeyId) -> Key:
    """The key with this id, or a default key by its name, for a call that `caller` may make with it.

    A key of another project or account is not found, whoever asks, unless he holds a grant of it. State and kind are
    the caller's to check, with `check_usable`. Raises KeyIdInvalid, KeyNotFound, NotPermitted, NotGranted."""
    named: dict[str, Any] = (
        {"alias": key_id, "is_default": True} if key_id in DEFAULT_KEYS else {"pk": parse_key_id(key_id)}
    )
    keys = Key.objects.select_related("enterprise_project").filter(**named)
    key, held, project = keys.of(caller).first(), None, caller.project
    if key is None and "pk" in named and (held := granted(caller, named["pk"])):
        key, project = keys.existing().filter(project=held.project).first(), held.project
    if key is None or project is None:
        raise KeyNotFound()
    key.project = project
    permit(caller, trace, call, key, held)
    return key


def lock(key: Key, call: Call) -> Key:
    """The key as it is now, locked until the transaction ends, where `call` may change it.

    Raises KeyNotFound and what its state or kind refuses."""
    locked = Key.objects.locked(key.pk)
    check_usable(locked, call)
    return locked
