"""A key's states: enabling, disabling, scheduling its deletion and cancelling that."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.errors import NotSaved, PendingDaysOutOfRange
from keys.models import Key, KeyState
from keys.operations.asking import ask_to_destroy
from keys.operations.finding import KeyId, find, lock
from keys.operations.protecting import lock_to_destroy
from keys.operations.rotating import rotate_if_due

FEWEST_DAYS, MOST_DAYS = 7, 1096


def enable_key(caller: Caller, key_id: KeyId) -> Key:
    """Let a disabled key work again; a rotation that fell due meanwhile is done.

    Raises NotPermitted, KeyNotFound, KeyIsDefault, KeyNotDisabled."""
    key = _set_state(caller, key_id, Call.ENABLE_KEY, KeyState.ENABLED)
    if key.rotates_at is not None and key.rotates_at <= timezone.now():
        with suppress(NotSaved):  # the key is enabled all the same; its next encryption or the sweep tries again
            rotate_if_due(key)
    return key


def disable_key(caller: Caller, key_id: KeyId) -> Key:
    """Stop a key at once. Raises NotPermitted, KeyNotFound, KeyIsDefault, KeyNotEnabled."""
    return _set_state(caller, key_id, Call.DISABLE_KEY, KeyState.DISABLED)


def schedule_key_deletion(caller: Caller, key_id: KeyId, days: int) -> Key:
    """Have a key deleted in `days` days, 7 to 1096; it stops working at once. Where the account's deletions need a
    second administrator, one is asked instead.

    Raises NotPermitted, KeyNotFound, PendingDaysOutOfRange, KeyIsDefault, KeyAlreadyPendingDeletion, KeyProtected,
    SentForApproval."""
    call = Call.SCHEDULE_KEY_DELETION
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        if not FEWEST_DAYS <= days <= MOST_DAYS:
            raise PendingDaysOutOfRange()
        trace.detail = {"pending_days": days}
        with transaction.atomic(durable=True):
            key = lock_to_destroy(key, call)
            if not key.project.account.needs_approval:
                schedule(key, days)
                trace.done()
        if not trace.is_written:
            raise ask_to_destroy(caller, call, key, trace.detail)
    return key


def schedule(key: Key, days: int) -> None:
    """Within a transaction that has locked the key and may delete it, schedule that."""
    key.state, key.pending_days = KeyState.PENDING_DELETION, days
    key.deletion_at = timezone.now() + timedelta(days=days)
    key.save(update_fields=["state", "pending_days", "deletion_at", "updated_at"])


def cancel_key_deletion(caller: Caller, key_id: KeyId) -> Key:
    """Keep a key whose deletion is scheduled: it is disabled then, or waits for import where it has no material.

    Raises NotPermitted, KeyNotFound, KeyIsDefault, KeyNotPendingDeletion."""
    with traced(caller, Call.CANCEL_KEY_DELETION.trace) as trace:
        key = find(caller, trace, Call.CANCEL_KEY_DELETION, key_id)
        with transaction.atomic(durable=True):
            key = lock(key, Call.CANCEL_KEY_DELETION)
            has_material = not key.has_expired and key.versions.filter(wrapped_material__isnull=False).exists()
            key.state = KeyState.DISABLED if has_material else KeyState.PENDING_IMPORT
            key.pending_days = key.deletion_at = None
            key.save(update_fields=["state", "pending_days", "deletion_at", "updated_at"])
            trace.done()
    return key


def _set_state(caller: Caller, key_id: KeyId, call: Call, state: KeyState) -> Key:
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        with transaction.atomic(durable=True):
            key = lock(key, call)
            key.state = state
            key.save(update_fields=["state", "updated_at"])
            trace.done()
    return key
