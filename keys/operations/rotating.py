"""New versions of keys: what rotation adds, and when. Older versions stay, and decrypt what they encrypted."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from console import metrics, sql
from console.access.caller import Caller
from console.access.trail import traced
from console.protection import root_key
from keys.calls import Call
from keys.crypto.material import Material, forget_unwrapped, generate, wrap_material
from keys.models import Key, KeyVersion, VersionReason

_NEWEST = sql.Query(
    "SELECT number, root_key_version FROM keys_keyversion WHERE key_id = %s ORDER BY number DESC LIMIT 1"
)


class Newest(NamedTuple):
    """The newest version of a key: its number, and which root key protects it."""

    number: int
    root_key_version: int


def newest_version(key: Key) -> Newest | None:
    """The version that encrypts; None before there is any."""
    return next((Newest(*row) for row in _NEWEST.rows(sql.uuid_parameter(key.pk))), None)


def sweep_rotations() -> int:
    """Give every key whose next version is due that version; how many were made. Any number of nodes may do so."""
    made = 0
    due = Key.objects.due_for_rotation  # asked anew each time: by the clock of then
    while (key := due().select_related("project__account").order_by("rotates_at").first()) is not None:
        made += rotate_if_due(key)
    return made


def rotate_if_due(key: Key) -> bool:
    """Make the next version of a key if it is due; False where it is not, or another was quicker.

    A key that missed several dates gets one version; the next date is counted from now."""
    project = key.project
    with traced(Caller.server(project.account, project), Call.ROTATE_KEY.trace, key) as trace:
        material = generate(key.key_spec)
        with transaction.atomic(durable=True):
            # The row's lock, and the date within it, make it one version a date, whoever else is at it.
            due = Key.objects.due_for_rotation().select_for_update(of=("self",), no_key=True)
            locked = due.filter(pk=key.pk).first()
            if locked is None:
                return False
            number = add_version(locked, material, VersionReason.AUTOMATIC)
            trace.detail = {"version": number, "reason": VersionReason.AUTOMATIC.value}
            locked.rotates_at = timezone.now() + timedelta(days=locked.rotation_interval)
            locked.save(update_fields=["rotates_at", "updated_at"])
            trace.done()
    metrics.KEYS_ROTATED.inc()
    return True


def add_version(key: Key, material: Material, reason: VersionReason) -> int:
    """Write the next version of a key whose row is locked, wrapped as the first one; its number."""
    number: int = key.versions.aggregate(newest=Max("number"))["newest"] + 1
    version = KeyVersion(
        key=key,
        number=number,
        wrapped_material=wrap_material(root_key(), material, str(key.pk), number),
        public_key=material.public_key,
        root_key_version=root_key().version,
        reason=reason,
    )
    sql.insert(version)
    forget_unwrapped(str(key.pk))
    return number
