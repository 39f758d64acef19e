"""Rotation of keys (API contract, 4.5)."""

import uuid
from datetime import datetime
from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, number
from keys.errors import RotationIntervalInvalid
from keys.models import Key, KeyVersion
from keys.operations.rotation import RotationStatus

Wish = dict[str, Any]
MATERIAL_ENABLED = 2


class RotationIntervalRequest(msgspec.Struct, frozen=True):
    key_id: str
    rotation_interval: Number

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "days": number(self.rotation_interval, RotationIntervalInvalid) or 0}


def nothing(_key: Key) -> answers.Empty:
    return {}


def rotated(key: Key) -> answers.KeyRotated:
    return {"key_id": str(key.pk)}


def status(found: RotationStatus) -> answers.RotationShown:
    return {
        "key_rotation_enabled": found.is_enabled,
        "rotation_interval": found.interval,
        "last_rotation_time": _milliseconds(found.last_at) if found.last_at else "",
        "number_of_rotations": found.rotations,
        "key_materials": [_material(version) for version in found.versions],
    }


def _material(version: KeyVersion) -> answers.Material:
    # An id that is the same on each call, and tells nothing of other keys.
    material_id = uuid.uuid5(version.key_id, f"version {version.number}")
    return {
        "material_id": str(material_id),
        "create_time": _milliseconds(version.created_at),
        "expiration_time": "",
        "state": MATERIAL_ENABLED,
    }


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
