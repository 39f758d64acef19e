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
from keys.crypto.material import forget_unwrapped
from keys.errors import AliasTaken, QuotaReached
from keys.models import Alias, Grant, ImportTicket, Key, KeyState, KeyVersion, TaggedKey

DELETE_KEY = "deleteKey"
EXPIRE_MATERIAL = "expireKeyMaterial"
Made = TypeVar("Made")


def sweep_deletions() -> int:
    """Destroy the material of all keys whose deletion fell due; how many there were. Any number of nodes may do so."""
    swept = 0
    while (key := Key.objects.due().select_related("project__account").order_by("deletion_at").first()) is not None:
        swept += destroy(key)
    if swept:
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
            destroy_material(locked)
            KeyVersion.objects.filter(key=locked).update(wrapped_check_value=None)
            ImportTicket.objects.filter(key=locked).delete()
            TaggedKey.objects.filter(content_object=locked).delete()
            Alias.objects.filter(key=locked).delete()
            Grant.objects.filter(key=locked).delete()
            locked.deleted_at = timezone.now()
            locked.save(update_fields=["deleted_at", "updated_at"])
            Account.objects.filter(pk=account.pk).update(key_count=F("key_count") - 1)
            trace.done()
    metrics.KEYS_DESTROYED.inc()
    return True


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
    """Leave nothing of what was destroyed: in memory, nor in SQLite's log (`secure_delete` empties its pages)."""
    forget_unwrapped()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
