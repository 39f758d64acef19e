"""Protection from deletion: set with a reason, lifted, and asked for by whoever would delete a key or its material.

It has an action of its own: a role can be made that deletes keys and lifts no protection."""

import uuid
from collections.abc import Collection, Iterable
from typing import Final

from django.db import transaction

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.errors import KeyNotProtected, KeyProtected
from keys.models import DeletionProtection, Key
from keys.operations.finding import KeyId, find, lock
from keys.validators import validate_protection_reason

REFUSED: Final[Collection[Call]] = (Call.SCHEDULE_KEY_DELETION, Call.DELETE_IMPORTED_KEY_MATERIAL)
"""The calls that a protected key refuses, by whatever door they come."""


def protect_key(caller: Caller, key_id: KeyId, *, reason: str) -> DeletionProtection:
    """Protect a key from deletion, for the reason that whoever would delete it is told; protected already, it gets this
    reason.

    Raises NotPermitted, KeyNotFound, ProtectionReasonInvalid, KeyPendingDeletion, KeyIsDefault."""
    call = Call.PROTECT_KEY
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        validate_protection_reason(reason)
        trace.detail = {"reason": reason}
        with transaction.atomic(durable=True):
            given = DeletionProtection.of(lock(key, call), reason, caller.user)
            given.save(force_insert=not DeletionProtection.objects.filter(key=key).exists())
            trace.done()
    return given


def unprotect_key(caller: Caller, key_id: KeyId) -> Key:
    """Lift the protection of a key. Raises NotPermitted, KeyNotFound, KeyNotProtected, KeyIsDefault."""
    call = Call.UNPROTECT_KEY
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        with transaction.atomic(durable=True):
            key = lock(key, call)
            protection = protection_of(key)
            if protection is None:
                raise KeyNotProtected()
            trace.detail = {"reason": protection.reason}
            protection.delete()
            trace.done()
    return key


def lock_to_destroy(key: Key, call: Call) -> Key:
    """As `lock`, for a call that destroys: raises KeyProtected too."""
    locked = lock(key, call)
    check_unprotected(locked)
    return locked


def check_unprotected(key: Key) -> None:
    """Raise KeyProtected where the key is protected from deletion."""
    if protection := protection_of(key):
        raise KeyProtected(reason=protection.reason, who=protection.who)


def protection_of(key: Key) -> DeletionProtection | None:
    """The key's protection from deletion, where it has one."""
    return DeletionProtection.objects.filter(key=key).select_related("user").first()


def protected_among(keys: Iterable[Key]) -> set[uuid.UUID]:
    """The ids of those of these keys, found for the caller before, that are protected."""
    return set(DeletionProtection.objects.filter(key__in=[key.pk for key in keys]).values_list("key_id", flat=True))
