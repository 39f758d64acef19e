"""Rotation as its owner sees it: switched on and off, its interval, at once, and what there was of it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.crypto.material import generate
from keys.errors import RotationIntervalInvalid, RotationOff, RotationOn
from keys.models import Key, KeyVersion, VersionReason, check_usable
from keys.models.key import DEFAULT_ROTATION_INTERVAL
from keys.models.version import ROTATIONS
from keys.operations.finding import KeyId, find, lock
from keys.operations.rotating import add_version

SHORTEST_INTERVAL, LONGEST_INTERVAL = 30, 365
VERSIONS_SHOWN = 2000


class RotationStatus(NamedTuple):
    """How a key rotates (interval in days), how often it did, and its versions that have material, newest first."""

    key: Key
    is_enabled: bool
    interval: int
    last_at: datetime | None
    rotations: int
    versions: list[KeyVersion]


def enable_key_rotation(caller: Caller, key_id: KeyId, days: int = DEFAULT_ROTATION_INTERVAL) -> Key:
    """Have a key rotate every 365 days from now on, or every `days`, 30 to 365, until another interval is set.

    Raises NotPermitted, KeyNotFound, RotationIntervalInvalid, what the key's kind or state refuses, RotationOn."""
    with traced(caller, Call.ENABLE_KEY_ROTATION.trace) as trace:
        key = find(caller, trace, Call.ENABLE_KEY_ROTATION, key_id)
        _check_interval(days)
        with transaction.atomic(durable=True):
            key = lock(key, Call.ENABLE_KEY_ROTATION)
            if key.rotates_at is not None:
                raise RotationOn()
            key.rotation_interval = days
            key.rotates_at = timezone.now() + timedelta(days=days)
            key.save(update_fields=["rotation_interval", "rotates_at", "updated_at"])
            trace.done()
    return key


def disable_key_rotation(caller: Caller, key_id: KeyId) -> Key:
    """Have a key rotate no more by itself; its versions stay.

    Raises NotPermitted, KeyNotFound, what the key's kind or state refuses, RotationOff."""
    with traced(caller, Call.DISABLE_KEY_ROTATION.trace) as trace:
        key = find(caller, trace, Call.DISABLE_KEY_ROTATION, key_id)
        with transaction.atomic(durable=True):
            key = lock(key, Call.DISABLE_KEY_ROTATION)
            if key.rotates_at is None:
                raise RotationOff()
            key.rotates_at = None
            key.save(update_fields=["rotates_at", "updated_at"])
            trace.done()
    return key


def update_key_rotation_interval(caller: Caller, key_id: KeyId, days: int) -> Key:
    """Have a key rotate every `days` days, 30 to 365, counted from where the present interval began: a key older than
    the new interval is due at once.

    Raises NotPermitted, KeyNotFound, RotationIntervalInvalid, what the key's kind or state refuses, RotationOff."""
    with traced(caller, Call.UPDATE_KEY_ROTATION_INTERVAL.trace) as trace:
        key = find(caller, trace, Call.UPDATE_KEY_ROTATION_INTERVAL, key_id)
        _check_interval(days)
        trace.detail = {"rotation_interval": days}
        with transaction.atomic(durable=True):
            key = lock(key, Call.UPDATE_KEY_ROTATION_INTERVAL)
            if key.rotates_at is None:
                raise RotationOff()
            key.rotates_at += timedelta(days=days - key.rotation_interval)
            key.rotation_interval = days
            key.save(update_fields=["rotation_interval", "rotates_at", "updated_at"])
            trace.done()
    return key


def rotate_key(caller: Caller, key_id: KeyId) -> Key:
    """Give a key a new version at once, whether it rotates by itself or not; the date of the next rotation stays.

    Raises NotPermitted, KeyNotFound, what the key's kind or state refuses."""
    with traced(caller, Call.ROTATE_KEY.trace) as trace:
        key = find(caller, trace, Call.ROTATE_KEY, key_id)
        check_usable(key, Call.ROTATE_KEY)  # before any material is made; RSA would take its time
        material = generate(key.key_spec)
        with transaction.atomic(durable=True):
            key = lock(key, Call.ROTATE_KEY)
            number = add_version(key, material, VersionReason.ON_DEMAND)
            trace.detail = {"version": number, "reason": VersionReason.ON_DEMAND.value}
            key.save(update_fields=["updated_at"])
            trace.done()
    return key


def get_key_rotation_status(caller: Caller, key_id: KeyId) -> RotationStatus:
    """How a key rotates, and did, with the newest 2000 of its versions.

    Raises NotPermitted, KeyNotFound, KeyIsAsymmetric."""
    with traced(caller, Call.GET_ROTATION_STATUS.trace) as trace:
        key = find(caller, trace, Call.GET_ROTATION_STATUS, key_id)
        check_usable(key, Call.GET_ROTATION_STATUS)
        versions = KeyVersion.objects.filter(key=key, wrapped_material__isnull=False).only(
            "key", "number", "reason", "created_at"
        )
        shown = list(versions.order_by("-number")[:VERSIONS_SHOWN])
        rotated = KeyVersion.objects.filter(key=key, reason__in=ROTATIONS)
        last = rotated.order_by("-number").values_list("created_at", flat=True).first()
        return RotationStatus(key, key.rotates_at is not None, key.rotation_interval, last, rotated.count(), shown)


def _check_interval(days: int) -> None:
    if not SHORTEST_INTERVAL <= days <= LONGEST_INTERVAL:
        raise RotationIntervalInvalid()
