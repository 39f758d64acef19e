"""What falls due: deletions. Readers see them done at once; the sweep destroys what is left in the database."""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account
from keys.crypto.material import forget_unwrapped
from keys.errors import AliasTaken, QuotaReached
from keys.models import Alias, Grant, Key, KeyVersion, TaggedKey

DELETE_KEY = "deleteKey"
Made = TypeVar("Made")


def sweep_deletions() -> int:
    """Destroy the material of all keys whose deletion fell due; how many there were. Any number of nodes may do so."""
    swept = 0
    while (key := Key.objects.due().select_related("project__account").order_by("deletion_at").first()) is not None:
        swept += destroy(key)
    if swept:
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
            KeyVersion.objects.filter(key=locked).update(wrapped_material=None, public_key=None)
            TaggedKey.objects.filter(content_object=locked).delete()
            Alias.objects.filter(key=locked).delete()
            Grant.objects.filter(key=locked).delete()
            locked.deleted_at = timezone.now()
            locked.save(update_fields=["deleted_at", "updated_at"])
            Account.objects.filter(pk=account.pk).update(key_count=F("key_count") - 1)
            trace.done()
    return True


def wipe() -> None:
    """Leave nothing of what was destroyed: in memory, nor in SQLite's log (`secure_delete` empties its pages)."""
    forget_unwrapped()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
