"""What falls due: deletions, and the expiry of imported material and of import tickets.

Readers see it done at once; the sweep destroys what is left in the database."""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from console import metrics
from console.access.caller import Caller
from console.access.changes import require_own
from console.access.trail import traced
from console.models import Account
from console.sqlite.log import empty_log
from keys.crypto.material import forget_unwrapped
from keys.errors import AliasTaken, QuotaReached
from keys.models import Alias, DeletionProtection, Grant, ImportTicket, Key, KeyState, KeyVersion, TaggedKey

DELETE_KEY = "deleteKey"
EXPIRE_MATERIAL = "expireKeyMaterial"
Made = TypeVar("Made")


class _Log:
    """Of SQLite, in this process."""

    is_to_be_emptied = False


def sweep_deletions() -> int:
    """Destroy the material of all keys whose deletion fell due; how many there were. Any number of nodes may do so."""
    swept = 0
    while (key := Key.objects.due().select_related("project__account").order_by("deletion_at").first()) is not None:
        swept += destroy(key)
    if swept or _Log.is_to_be_emptied:
        wipe()
    return swept


def sweep_material() -> int:
    """Destroy imported material that expired, and the private keys of import tickets that did; how much material there
    was."""
    swept = 0
    tickets, _by_model = ImportTicket.objects.expired().delete()
    while (key := _first_expired()) is not None:
        swept += expire(key)
    if swept or tickets:
        wipe()
    return swept


def once_more_after_sweep(account: Account, work: Callable[[], Made]) -> Made:
    """What `work` returns; where keys that are due hold an alias or quota, they are destroyed and it tries again."""
    try:
        return work()
    except (AliasTaken, QuotaReached):
        due = list(Key.objects.due().filter(project__account=account).select_related("project__account"))
        if not due:
            raise
        require_own()
        for key in due:
            destroy(key)
        wipe()
    return work()


def destroy(key: Key) -> bool:
    """Destroy one key that is due, its material, tags, aliases and grants; False where another was quicker."""
    account = key.project.account
    with traced(Caller.server(account, key.project), DELETE_KEY, key) as trace:
        trace.detail = {"deletion_at": key.deletion_at.isoformat() if key.deletion_at else ""}
        with transaction.atomic(durable=True):
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            locked = Key.objects.due().select_for_update(of=("self",), no_key=True).filter(pk=key.pk).first()
            if locked is None:
                return False
            empty_deleted(locked)
            trace.done()
    metrics.KEYS_DESTROYED.inc()
    return True


def empty_deleted(key: Key) -> None:
    """Destroy all that belongs to a key whose account's row is locked, and count it no more; `wipe` follows the
    commit."""
    destroy_material(key)
    KeyVersion.objects.filter(key=key).update(wrapped_check_value=None)
    ImportTicket.objects.filter(key=key).delete()
    TaggedKey.objects.filter(content_object=key).delete()
    Alias.objects.filter(key=key).delete()
    Grant.objects.filter(key=key).delete()
    DeletionProtection.objects.filter(key=key).delete()
    key.deleted_at = timezone.now()
    key.save(update_fields=["state", "deletion_at", "material_expires_at", "deleted_at", "updated_at"])
    Account.objects.filter(projects=key.project_id).update(key_count=F("key_count") - 1)


def expire(key: Key) -> bool:
    """Destroy the imported material of one key that has expired; False where another was quicker."""
    with traced(Caller.server(key.project.account, key.project), EXPIRE_MATERIAL, key) as trace:
        trace.detail = {"expired_at": key.material_expires_at.isoformat() if key.material_expires_at else ""}
        with transaction.atomic(durable=True):
            locked = Key.objects.expired().select_for_update(of=("self",), no_key=True).filter(pk=key.pk).first()
            if locked is None:
                return False
            destroy_material(locked)
            locked.save(update_fields=["state", "material_expires_at", "updated_at"])
            trace.done()
    metrics.MATERIAL_EXPIRED.inc()
    return True


def _first_expired() -> Key | None:
    return Key.objects.expired().select_related("project__account").order_by("material_expires_at").first()


def destroy_material(key: Key) -> None:
    """Empty all versions of a key whose row is locked; `wipe` after the commit."""
    KeyVersion.objects.filter(key=key).update(wrapped_material=None, public_key=None)
    key.state = KeyState(key.state).without_material
    key.material_expires_at = None


def wipe() -> None:
    """Leave nothing of what was destroyed: in memory, nor in SQLite's log (`secure_delete` empties its pages). Where a
    long reading, a backup say, stands in the way of that, the next sweep does it."""
    forget_unwrapped()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            _Log.is_to_be_emptied = not empty_log(connection.connection)
