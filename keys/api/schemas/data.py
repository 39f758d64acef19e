"""Data and data keys (API contract, 4.2): ciphertexts of data travel in Base64, those of data keys in hexadecimal."""

from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, additional_data, from_base64, from_hex, is_set, number, to_base64, to_hex
from keys.errors import (
    CiphertextInvalid,
    CiphertextLengthMismatch,
    DataKeyLengthOutOfRange,
    DataKeyPlainLengthWrong,
    PlaintextInvalid,
    RandomLengthOutOfRange,
)
from keys.operations.data import Decrypted, Encrypted, ReEncrypted
from keys.operations.datakeys import NewDataKey, NewKeyPair, OpenedDataKey, WrappedDataKey
from keys.specs import SYMMETRIC_DEFAULT

Wish = dict[str, Any]


class EncryptDataRequest(msgspec.Struct, frozen=True):
    key_id: str
    plain_text: str
    encryption_algorithm: str | None = None
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "plaintext": self.plain_text.encode(),
            "algorithm": self.encryption_algorithm or SYMMETRIC_DEFAULT,
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
        }


class DecryptDataRequest(msgspec.Struct, frozen=True):
    cipher_text: str
    key_id: str | None = None
    encryption_algorithm: str | None = None
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id or None,
            "ciphertext": from_base64(self.cipher_text, CiphertextInvalid()),
            "algorithm": self.encryption_algorithm or SYMMETRIC_DEFAULT,
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
        }


class ReEncryptRequest(msgspec.Struct, frozen=True):
    cipher_text: str
    destination_key_id: str
    source_key_id: str | None = None
    source_encryption_algorithm: str | None = None
    destination_encryption_algorithm: str | None = None
    source_additional_authenticated_data: str | None = None
    destination_additional_authenticated_data: str | None = None
    source_encryption_context: Any = None
    destination_encryption_context: Any = None
    datakey_cipher_length: Number | None = None

    def wish(self) -> Wish:
        length = number(self.datakey_cipher_length, CiphertextLengthMismatch)
        decoded = from_base64 if length is None else from_hex
        return {
            "ciphertext": decoded(self.cipher_text, CiphertextInvalid()),
            "destination_key_id": self.destination_key_id,
            "source_key_id": self.source_key_id or None,
            "source_algorithm": self.source_encryption_algorithm or SYMMETRIC_DEFAULT,
            "destination_algorithm": self.destination_encryption_algorithm or SYMMETRIC_DEFAULT,
            "source_additional_data": additional_data(
                self.source_additional_authenticated_data, self.source_encryption_context
            ),
            "destination_additional_data": additional_data(
                self.destination_additional_authenticated_data, self.destination_encryption_context
            ),
            "data_key_length": length,
        }


class CreateDatakeyRequest(msgspec.Struct, frozen=True):
    key_id: str
    datakey_length: Number | None = None
    key_spec: str | None = None
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "length": number(self.datakey_length, DataKeyLengthOutOfRange),
            "spec": self.key_spec or None,
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
        }


class EncryptDatakeyRequest(msgspec.Struct, frozen=True):
    key_id: str
    plain_text: str
    datakey_plain_length: Number
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "with_digest": from_hex(self.plain_text, PlaintextInvalid(text=PlaintextInvalid.no_data_key)),
            "length": number(self.datakey_plain_length, DataKeyPlainLengthWrong) or 0,
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
        }


class DecryptDatakeyRequest(msgspec.Struct, frozen=True):
    key_id: str
    cipher_text: str
    datakey_cipher_length: Number | None = None
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "ciphertext": from_hex(self.cipher_text, CiphertextInvalid()),
            "length": number(self.datakey_cipher_length, CiphertextLengthMismatch),
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
        }


class CreateDatakeyPairRequest(msgspec.Struct, frozen=True):
    key_id: str
    key_spec: str
    with_plain_text: bool | str | None = None
    additional_authenticated_data: str | None = None
    encryption_context: Any = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "spec": self.key_spec,
            "additional_data": additional_data(self.additional_authenticated_data, self.encryption_context),
            "with_plaintext": is_set(self.with_plain_text, "with_plain_text"),
        }


class GenRandomRequest(msgspec.Struct, frozen=True):
    random_data_length: Number

    def wish(self) -> Wish:
        return {"bits": number(self.random_data_length, RandomLengthOutOfRange) or 0}


def encrypted(made: Encrypted) -> answers.DataEncrypted:
    return {"key_id": str(made.key_id), "cipher_text": to_base64(made.ciphertext)}


def decrypted(found: Decrypted) -> answers.DataDecrypted:
    """The plaintext as text where it is UTF-8, and in Base64 always."""
    answer: answers.DataDecrypted = {"key_id": str(found.key_id), "plain_text_base64": to_base64(found.plaintext)}
    try:
        return {**answer, "plain_text": found.plaintext.decode()}
    except UnicodeDecodeError:
        return answer


def re_encrypted(moved: ReEncrypted) -> answers.DataReEncrypted:
    return {
        "key_id": str(moved.destination.pk),
        "source_key_id": str(moved.source.pk),
        "source_encryption_algorithm": moved.source.spec.encryption_algorithm,
        "destination_encryption_algorithm": moved.destination.spec.encryption_algorithm,
        "cipher_text": (to_hex if moved.is_data_key else to_base64)(moved.ciphertext),
    }


def new_data_key(made: NewDataKey) -> answers.DataKeyCreated:
    return {**wrapped_data_key(made), "plain_text": to_hex(made.plaintext)}


def wrapped_data_key(made: NewDataKey | WrappedDataKey) -> answers.DataEncrypted:
    return {"key_id": str(made.key_id), "cipher_text": to_hex(made.ciphertext)}


def encrypted_data_key(made: WrappedDataKey) -> answers.DataKeyEncrypted:
    return {**wrapped_data_key(made), "datakey_length": str(made.length)}


def opened_data_key(opened: OpenedDataKey) -> answers.DataKeyDecrypted:
    return {
        "data_key": to_hex(opened.plaintext),
        "datakey_length": str(len(opened.plaintext)),
        "datakey_dgst": to_hex(opened.digest),
    }


def key_pair(made: NewKeyPair) -> answers.KeyPairCreated:
    answer: answers.KeyPairCreated = {
        "key_id": str(made.key_id),
        "key_spec": made.spec,
        "public_key": made.public_key_pem,
        "private_key_cipher_text": to_base64(made.private_key_ciphertext),
    }
    return answer if made.private_key is None else {**answer, "private_key_plain_text": to_base64(made.private_key)}


def random_data(content: bytes) -> answers.RandomData:
    return {"random_data": to_hex(content)}
