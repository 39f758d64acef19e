"""Keys themselves: made, listed, described, enabled, disabled, deleted, rotated."""

import secrets
from functools import partial
from typing import Any, ClassVar, Final

from keys import operations
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.aws.tags import TagField
from keys.calls import Call
from keys.crypto.macs import mac_algorithm_of
from keys.crypto.signing import algorithms_for
from keys.errors import MarkerInvalid
from keys.models import Key, KeyState
from keys.operations.listing import KeyDetails, KeyList
from keys.specs import SPECS, SYMMETRIC_DEFAULT, KeyOrigin, KeyUsage

SPEC_NAMES: Final = {"AES_256": SYMMETRIC_DEFAULT, "EC_P256": "ECC_NIST_P256", "EC_P384": "ECC_NIST_P384"}
"""Specs that have another name in AWS's words."""
OUR_SPECS: Final = {theirs: ours for ours, theirs in SPEC_NAMES.items()}
ORIGINS: Final = {"AWS_KMS": KeyOrigin.KMS.value, "EXTERNAL": KeyOrigin.EXTERNAL.value}
OUR_ORIGINS: Final = {ours: theirs for theirs, ours in ORIGINS.items()}
STATES: Final = {
    KeyState.ENABLED: "Enabled",
    KeyState.DISABLED: "Disabled",
    KeyState.PENDING_DELETION: "PendingDeletion",
    KeyState.PENDING_IMPORT: "PendingImport",
}
DEFAULT_DAYS, DEFAULT_LIMIT = 30, 100


class CreateKey(Operation, frozen=True):
    """Keys have a name here; one that is made so has a random one."""

    call: ClassVar[Call] = Call.CREATE_KEY
    description: str = ""
    key_spec: str = ""
    customer_master_key_spec: str = SYMMETRIC_DEFAULT
    key_usage: str = KeyUsage.ENCRYPT_DECRYPT
    origin: str = "AWS_KMS"
    tags: tuple[TagField, ...] = ()

    def ask(self, _place: Place) -> Asked:
        spec = self.key_spec or self.customer_master_key_spec
        return partial(
            operations.create_key,
            alias=f"KMS-{secrets.token_hex(8)}",
            key_spec=OUR_SPECS.get(spec, spec),
            key_usage=self.key_usage,
            description=self.description,
            origin=ORIGINS.get(self.origin, self.origin),
            tags=[one.pair for one in self.tags],
        )

    def answer(self, place: Place, made: Key) -> Content:
        return {
            "KeyMetadata": _metadata(
                place,
                str(made.pk),
                made.description,
                made.key_spec,
                made.key_usage,
                KeyState(made.state),
                made.origin,
                made.created_at.timestamp(),
            )
        }


class DescribeKey(OfKey, frozen=True):
    call: ClassVar[Call] = Call.DESCRIBE_KEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.describe_key, key_id=place.id_in(self.key_id))

    def answer(self, place: Place, made: KeyDetails) -> Content:
        content = _metadata(
            place,
            made.key_id,
            made.key_description,
            made.key_spec,
            made.key_usage,
            KeyState(int(made.key_state)),
            made.origin,
            _seconds(made.creation_date),
        )
        if made.default_key_flag == "1":
            content["KeyManager"] = "AWS"
        if made.scheduled_deletion_date:
            content["DeletionDate"] = _seconds(made.scheduled_deletion_date)
        if made.expiration_time:
            content |= {"ValidTo": _seconds(made.expiration_time), "ExpirationModel": "KEY_MATERIAL_EXPIRES"}
        return {"KeyMetadata": content}


class ListKeys(Operation, frozen=True):
    call: ClassVar[Call] = Call.LIST_KEYS
    limit: int = DEFAULT_LIMIT
    marker: str = "0"

    def ask(self, _place: Place) -> Asked:
        if not (self.marker.isascii() and self.marker.isdecimal() and len(self.marker) < 19):
            raise MarkerInvalid()
        return partial(operations.list_key_details, limit=self.limit, marker=int(self.marker), spec="ALL")

    def answer(self, place: Place, made: KeyList) -> Content:
        keys = [{"KeyId": one.key_id, "KeyArn": place.key(one.key_id)} for one in made.keys]
        return {"Keys": keys, **page(made.next_marker and str(made.next_marker))}


class EnableKey(OfKey, frozen=True):
    call: ClassVar[Call] = Call.ENABLE_KEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.enable_key, key_id=place.id_in(self.key_id))


class DisableKey(OfKey, frozen=True):
    call: ClassVar[Call] = Call.DISABLE_KEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.disable_key, key_id=place.id_in(self.key_id))


class UpdateKeyDescription(OfKey, frozen=True):
    call: ClassVar[Call] = Call.UPDATE_KEY_DESCRIPTION
    description: str

    def ask(self, place: Place) -> Asked:
        return partial(operations.update_description, key_id=place.id_in(self.key_id), description=self.description)


class ScheduleKeyDeletion(OfKey, frozen=True):
    call: ClassVar[Call] = Call.SCHEDULE_KEY_DELETION
    pending_window_in_days: int = DEFAULT_DAYS

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.schedule_key_deletion, key_id=place.id_in(self.key_id), days=self.pending_window_in_days
        )

    def answer(self, place: Place, made: Key) -> Content:
        assert made.deletion_at is not None  # noqa: S101 - it has just been scheduled
        return {
            "KeyId": place.key(made.pk),
            "DeletionDate": made.deletion_at.timestamp(),
            "KeyState": STATES[KeyState(made.state)],
            "PendingWindowInDays": made.pending_days,
        }


class CancelKeyDeletion(OfKey, frozen=True):
    call: ClassVar[Call] = Call.CANCEL_KEY_DELETION

    def ask(self, place: Place) -> Asked:
        return partial(operations.cancel_key_deletion, key_id=place.id_in(self.key_id))

    def answer(self, place: Place, made: Key) -> Content:
        return {"KeyId": place.key(made.pk)}


def page(next_marker: Any) -> Content:
    """How a list goes on."""
    return {"Truncated": True, "NextMarker": next_marker} if next_marker else {"Truncated": False}


def spec_of(ours: str) -> Content:
    """A key's spec, under the name that it has and the one that it had."""
    theirs = SPEC_NAMES.get(ours, ours)
    return {"KeySpec": theirs, "CustomerMasterKeySpec": theirs}


def uses_of(spec: str, usage: str) -> Content:
    """What a key is for, and by which algorithms."""
    match usage:
        case KeyUsage.SIGN_VERIFY:
            algorithms = {"SigningAlgorithms": list(algorithms_for(spec))}
        case KeyUsage.GENERATE_VERIFY_MAC:
            algorithms = {"MacAlgorithms": [str(mac_algorithm_of(spec))]}
        case _:
            algorithms = {"EncryptionAlgorithms": [SPECS[spec].encryption_algorithm]}
    return {"KeyUsage": usage, **algorithms}


def _metadata(
    place: Place, key_id: str, description: str, spec: str, usage: str, state: KeyState, origin: str, created: float
) -> Content:
    return {
        "AWSAccountId": place.account,
        "KeyId": key_id,
        "Arn": place.key(key_id),
        "CreationDate": created,
        "Enabled": state is KeyState.ENABLED,
        "Description": description,
        "KeyState": STATES[state],
        "Origin": OUR_ORIGINS.get(origin, origin),
        "KeyManager": "CUSTOMER",
        "MultiRegion": False,
        **spec_of(spec),
        **uses_of(spec, usage),
    }


def _seconds(milliseconds: str) -> float:
    return int(milliseconds) / 1000


LIFECYCLE: list[type[Operation]] = [
    CreateKey,
    DescribeKey,
    ListKeys,
    EnableKey,
    DisableKey,
    UpdateKeyDescription,
    ScheduleKeyDeletion,
    CancelKeyDeletion,
]
