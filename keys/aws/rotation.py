"""Rotation of keys."""

from functools import partial
from typing import ClassVar

from keys import operations
from keys.aws.lifecycle import page
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.calls import Call
from keys.models import Key, VersionReason
from keys.models.key import DEFAULT_ROTATION_INTERVAL
from keys.operations.rotation import RotationStatus

TYPES = {VersionReason.AUTOMATIC.value: "AUTOMATIC", VersionReason.ON_DEMAND.value: "ON_DEMAND"}


class EnableKeyRotation(OfKey, frozen=True):
    call: ClassVar[Call] = Call.ENABLE_KEY_ROTATION
    rotation_period_in_days: int = DEFAULT_ROTATION_INTERVAL

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.enable_key_rotation, key_id=place.id_in(self.key_id), days=self.rotation_period_in_days
        )


class DisableKeyRotation(OfKey, frozen=True):
    call: ClassVar[Call] = Call.DISABLE_KEY_ROTATION

    def ask(self, place: Place) -> Asked:
        return partial(operations.disable_key_rotation, key_id=place.id_in(self.key_id))


class RotateKeyOnDemand(OfKey, frozen=True):
    call: ClassVar[Call] = Call.ROTATE_KEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.rotate_key, key_id=place.id_in(self.key_id))

    def answer(self, place: Place, made: Key) -> Content:
        return {"KeyId": place.key(made.pk)}


class GetKeyRotationStatus(OfKey, frozen=True):
    call: ClassVar[Call] = Call.GET_ROTATION_STATUS

    def ask(self, place: Place) -> Asked:
        return partial(operations.get_key_rotation_status, key_id=place.id_in(self.key_id))

    def answer(self, place: Place, made: RotationStatus) -> Content:
        content: Content = {"KeyRotationEnabled": made.is_enabled, "KeyId": place.key(made.key.pk)}
        if made.key.rotates_at is not None:
            content |= {
                "RotationPeriodInDays": made.interval,
                "NextRotationDate": made.key.rotates_at.timestamp(),
            }
        return content


class ListKeyRotations(GetKeyRotationStatus, frozen=True):
    call: ClassVar[Call] = Call.GET_ROTATION_STATUS

    def answer(self, place: Place, made: RotationStatus) -> Content:
        rotations = [
            {
                "KeyId": place.key(made.key.pk),
                "RotationDate": version.created_at.timestamp(),
                "RotationType": TYPES[version.reason],
            }
            for version in made.versions
            if version.reason in TYPES
        ]
        return {"Rotations": rotations, **page("")}


ROTATION: list[type[Operation]] = [
    EnableKeyRotation,
    DisableKeyRotation,
    RotateKeyOnDemand,
    GetKeyRotationStatus,
    ListKeyRotations,
]
