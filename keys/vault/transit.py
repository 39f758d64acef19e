"""Vault's transit engine: data keys, data, and the keys themselves."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.api.errors import ParameterInvalid
from keys import operations
from keys.api.values import to_base64
from keys.crypto.additional import AdditionalData
from keys.crypto.public_keys import pem_of
from keys.errors import CiphertextInvalid, DataKeyLengthOutOfRange, KmsError, RandomLengthOutOfRange
from keys.operations.data import data_key_length
from keys.operations.datakeys import NewDataKey, WrappedDataKey
from keys.operations.listing import KeyList
from keys.operations.versions import DescribedVersions, MadeVersion
from keys.specs import Family, KeyUsage, spec_named
from keys.validators import ALIAS_START
from keys.vault.dialect import rfc3339
from keys.vault.names import bound_to, bytes_of, ciphertext_of, key_id_of, version_of, written

Wish = dict[str, Any]
BITS = (128, 256, 512)
MOST_IN_A_BATCH = 100
TYPES: Mapping[str, str] = {
    "AES_256": "aes256-gcm96",
    "SM4": "sm4-gcm96",
    "RSA_2048": "rsa-2048",
    "RSA_3072": "rsa-3072",
    "RSA_4096": "rsa-4096",
    "EC_P256": "ecdsa-p256",
    "EC_P384": "ecdsa-p384",
}


class BatchInvalid(KmsError):
    text = _("batch_input has 1 to %(most)s entries, and stands alone.")


class NewestVersionOnly(KmsError):
    text = _("The newest version of a key encrypts. Leave key_version out.")


class KeysAreMadeInTheConsole(KmsError):
    status = 403
    text = _("Keys are made in the console, or by the REST API. Give one the alias “%(alias)s” to call it so.")


# What calls take


class Item(msgspec.Struct, frozen=True):
    """One of a batch, or a call without a batch."""

    plaintext: str | None = None
    ciphertext: str | None = None
    context: str | None = None
    associated_data: str | None = None
    key_version: int | None = None

    def additional_data(self) -> AdditionalData:
        return bound_to(self.context or "", self.associated_data or "")


class ItemsRequest(Item, frozen=True):
    batch_input: list[Item] | None = None

    def wish(self, name: str) -> Wish:
        return {"key_id": key_id_of(name), "one": self, "batch": self.batch_input}


class DatakeyRequest(msgspec.Struct, frozen=True):
    context: str | None = None
    bits: int = 256

    def wish(self, name: str) -> Wish:
        if self.bits not in BITS:
            raise DataKeyLengthOutOfRange(text=ParameterInvalid.text, problem="bits is 128, 256 or 512.")
        return {"key_id": key_id_of(name), "length": self.bits, "additional_data": bound_to(self.context or "")}


class KeyRequest(msgspec.Struct, frozen=True):
    def wish(self, name: str) -> Wish:
        return {"key_id": key_id_of(name)}


class KeysRequest(msgspec.Struct, frozen=True):
    def wish(self) -> Wish:
        return {"spec": "ALL"}


class RandomRequest(msgspec.Struct, frozen=True):
    bytes: int = 32
    format: str = "base64"

    def wish(self, size: str = "") -> Wish:
        if size and not (size.isascii() and size.isdecimal() and len(size) < 5):
            raise RandomLengthOutOfRange()
        if self.format not in {"base64", "hex"}:
            raise ParameterInvalid(problem="format is base64 or hex.")
        return {"size": int(size) if size else self.bytes, "is_hex": self.format == "hex"}


# What calls do


Work = Callable[[Caller, str, Item], dict[str, Any]]


def encrypt(caller: Caller, key_id: str, item: Item) -> dict[str, Any]:
    if item.key_version:
        raise NewestVersionOnly()
    made = operations.encrypt_data(
        caller,
        key_id=key_id,
        plaintext=_needed(item.plaintext, "plaintext"),
        algorithm=None,
        additional_data=item.additional_data(),
    )
    return _sealed(made.ciphertext)


def decrypt(caller: Caller, key_id: str, item: Item) -> dict[str, Any]:
    """What a ciphertext holds decides which call it is, and so which permission it needs."""
    ciphertext, bound = _ciphertext(item), item.additional_data()
    if data_key_length(ciphertext) is not None:
        opened = operations.decrypt_datakey(caller, key_id=key_id, ciphertext=ciphertext, additional_data=bound)
        return {"plaintext": to_base64(opened.plaintext)}
    found = operations.decrypt_data(caller, key_id=key_id, ciphertext=ciphertext, algorithm=None, additional_data=bound)
    return {"plaintext": to_base64(found.plaintext)}


def rewrap(caller: Caller, key_id: str, item: Item) -> dict[str, Any]:
    if item.key_version:
        raise NewestVersionOnly()
    ciphertext, bound = _ciphertext(item), item.additional_data()
    moved = operations.re_encrypt(
        caller,
        ciphertext=ciphertext,
        source_key_id=key_id,
        destination_key_id=key_id,
        source_algorithm=None,
        destination_algorithm=None,
        source_additional_data=bound,
        destination_additional_data=bound,
        data_key_length=data_key_length(ciphertext),
    )
    return _sealed(moved.ciphertext)


def each(work: Work) -> Callable[..., dict[str, Any]]:
    """The operation that does `work` to one item, or to each of a batch, whose results stand each for itself."""

    def operate(caller: Caller, *, key_id: str, one: Item, batch: list[Item] | None) -> dict[str, Any]:
        if batch is None:
            return work(caller, key_id, one)
        if not 1 <= len(batch) <= MOST_IN_A_BATCH or one.plaintext is not None or one.ciphertext is not None:
            raise BatchInvalid(most=MOST_IN_A_BATCH)
        return {"batch_results": [_result(work, caller, key_id, item) for item in batch]}

    return operate


def _result(work: Work, caller: Caller, key_id: str, item: Item) -> dict[str, Any]:
    try:
        return work(caller, key_id, item)
    except KmsError as refusal:
        if refusal.status >= 500:
            raise
        return {"error": f"{refusal.code} {refusal.messages[0]}"}


def random_bytes(caller: Caller, *, size: int, is_hex: bool) -> dict[str, str]:
    content = operations.gen_random(caller, size * 8)
    return {"random_bytes": content.hex() if is_hex else to_base64(content)}


def rotate(caller: Caller, *, key_id: str) -> None:
    """An alias is looked up first: a key is changed by its id alone."""
    operations.rotate_key(
        caller, operations.describe_key(caller, key_id).key_id if key_id.startswith(ALIAS_START) else key_id
    )


def refuse_to_create(_caller: Caller, *, key_id: str) -> None:
    raise KeysAreMadeInTheConsole(alias=key_id)


# What calls answer


def new_data_key(made: NewDataKey) -> dict[str, Any]:
    return {**_sealed(made.ciphertext), "plaintext": to_base64(made.plaintext)}


def wrapped_data_key(made: WrappedDataKey) -> dict[str, Any]:
    return _sealed(made.ciphertext)


def key_names(found: KeyList) -> dict[str, Any]:
    return {"keys": [key.key_id for key in found.keys]}


def described(found: DescribedVersions) -> dict[str, Any]:
    key, spec = found.key, spec_named(found.key.key_spec)
    encrypts = key.key_usage == KeyUsage.ENCRYPT_DECRYPT
    return {
        "name": key.key_alias if key.default_key_flag == "1" else key.key_id,
        "type": TYPES.get(spec.name, "hmac"),
        "latest_version": found.versions[-1].number if found.versions else 0,
        "keys": {str(one.number): _version(one, spec.name) for one in found.versions},
        "min_decryption_version": 1,
        "min_encryption_version": 0,
        "min_available_version": 0,
        "supports_encryption": encrypts,
        "supports_decryption": encrypts,
        "supports_derivation": spec.family is Family.SYMMETRIC,
        "supports_signing": key.key_usage == KeyUsage.SIGN_VERIFY,
        "derived": False,
        "deletion_allowed": False,
        "exportable": False,
        "allow_plaintext_backup": False,
        "auto_rotate_period": 0,
        "imported_key": key.origin == "external",
        "key_id": key.key_id,
        "key_state": key.key_state,
    }


def nothing(_result: object) -> None:
    return None


def _version(one: MadeVersion, spec: str) -> Any:
    if one.public_key is None:
        return int(one.made_at.timestamp())
    return {"creation_time": rfc3339(one.made_at), "name": TYPES[spec], "public_key": pem_of(one.public_key)}


def _sealed(ciphertext: bytes) -> dict[str, Any]:
    return {"ciphertext": written(ciphertext), "key_version": version_of(ciphertext)}


def _needed(text: str | None, field: str) -> bytes:
    if text is None:
        raise ParameterInvalid(problem=f"{field} is missing.")
    return bytes_of(text, field)


def _ciphertext(item: Item) -> bytes:
    if item.ciphertext is None:
        raise CiphertextInvalid()
    return ciphertext_of(item.ciphertext)
