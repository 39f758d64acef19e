"""Data and data keys. In AWS's world Decrypt and ReEncrypt take the ciphertexts of both: what a ciphertext says that it
holds decides which call it is, so that each has the permission of its own."""

from functools import partial
from typing import Any, ClassVar

from keys import operations
from keys.api.values import additional_data
from keys.aws.errors import DataKeySizeUnclear
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.calls import Call
from keys.crypto.public_keys import der_of
from keys.operations.data import Decrypted, Encrypted, ReEncrypted, data_key_length
from keys.operations.datakeys import NewDataKey, NewKeyPair, OpenedDataKey, WrappedDataKey
from keys.specs import SYMMETRIC_DEFAULT

Context = dict[str, str]


class Encrypt(OfKey, frozen=True):
    call: ClassVar[Call] = Call.ENCRYPT_DATA
    plaintext: bytes
    encryption_context: Context | None = None
    encryption_algorithm: str = SYMMETRIC_DEFAULT

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.encrypt_data,
            key_id=place.id_in(self.key_id),
            plaintext=self.plaintext,
            algorithm=self.encryption_algorithm,
            additional_data=additional_data(None, self.encryption_context),
        )

    def answer(self, place: Place, made: Encrypted) -> Content:
        return {
            "CiphertextBlob": made.ciphertext,
            "KeyId": place.key(made.key_id),
            "EncryptionAlgorithm": self.encryption_algorithm,
        }


class Decrypt(Operation, frozen=True):
    call: ClassVar[Call] = Call.DECRYPT_DATA
    ciphertext_blob: bytes
    key_id: str = ""
    encryption_context: Context | None = None
    encryption_algorithm: str = SYMMETRIC_DEFAULT

    def ask(self, place: Place) -> Asked:
        taken: dict[str, Any] = {
            "key_id": place.id_in(self.key_id) or None,
            "ciphertext": self.ciphertext_blob,
            "additional_data": additional_data(None, self.encryption_context),
        }
        if _data_key_length(self.ciphertext_blob, self.encryption_algorithm) is not None:
            return partial(operations.decrypt_datakey, **taken)
        return partial(operations.decrypt_data, algorithm=self.encryption_algorithm, **taken)

    def answer(self, place: Place, made: Decrypted | OpenedDataKey) -> Content:
        return {
            "Plaintext": made.plaintext,
            "KeyId": place.key(made.key_id),
            "EncryptionAlgorithm": self.encryption_algorithm,
        }


class ReEncrypt(Operation, frozen=True):
    call: ClassVar[Call] = Call.RE_ENCRYPT
    ciphertext_blob: bytes
    destination_key_id: str
    source_key_id: str = ""
    source_encryption_context: Context | None = None
    destination_encryption_context: Context | None = None
    source_encryption_algorithm: str = SYMMETRIC_DEFAULT
    destination_encryption_algorithm: str = SYMMETRIC_DEFAULT

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.re_encrypt,
            ciphertext=self.ciphertext_blob,
            destination_key_id=place.id_in(self.destination_key_id),
            source_key_id=place.id_in(self.source_key_id) or None,
            source_algorithm=self.source_encryption_algorithm,
            destination_algorithm=self.destination_encryption_algorithm,
            source_additional_data=additional_data(None, self.source_encryption_context),
            destination_additional_data=additional_data(None, self.destination_encryption_context),
            data_key_length=_data_key_length(self.ciphertext_blob, self.source_encryption_algorithm),
        )

    def answer(self, place: Place, made: ReEncrypted) -> Content:
        return {
            "CiphertextBlob": made.ciphertext,
            "SourceKeyId": place.key(made.source.pk),
            "KeyId": place.key(made.destination.pk),
            "SourceEncryptionAlgorithm": self.source_encryption_algorithm,
            "DestinationEncryptionAlgorithm": self.destination_encryption_algorithm,
        }


class DataKey(OfKey, frozen=True):
    """What both ask for."""

    key_spec: str = ""
    number_of_bytes: int | None = None
    encryption_context: Context | None = None

    def taken(self, place: Place) -> dict[str, Any]:
        """As our operations take it. Raises DataKeySizeUnclear."""
        if bool(self.key_spec) == (self.number_of_bytes is not None):
            raise DataKeySizeUnclear()
        return {
            "key_id": place.id_in(self.key_id),
            "length": None if self.number_of_bytes is None else 8 * self.number_of_bytes,
            "spec": self.key_spec or None,
            "additional_data": additional_data(None, self.encryption_context),
        }


class GenerateDataKey(DataKey, frozen=True):
    call: ClassVar[Call] = Call.CREATE_DATAKEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.create_datakey, **self.taken(place))

    def answer(self, place: Place, made: NewDataKey) -> Content:
        return {"CiphertextBlob": made.ciphertext, "Plaintext": made.plaintext, "KeyId": place.key(made.key_id)}


class GenerateDataKeyWithoutPlaintext(DataKey, frozen=True):
    call: ClassVar[Call] = Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT

    def ask(self, place: Place) -> Asked:
        return partial(operations.create_datakey_without_plaintext, **self.taken(place))

    def answer(self, place: Place, made: WrappedDataKey) -> Content:
        return {"CiphertextBlob": made.ciphertext, "KeyId": place.key(made.key_id)}


class GenerateDataKeyPair(OfKey, frozen=True):
    call: ClassVar[Call] = Call.CREATE_RSA_DATAKEY_PAIR
    with_plaintext: ClassVar[bool] = True
    key_pair_spec: str
    encryption_context: Context | None = None

    def ask(self, place: Place) -> Asked:
        is_rsa = self.key_pair_spec.startswith("RSA")
        return partial(
            operations.create_rsa_datakey_pair if is_rsa else operations.create_ec_datakey_pair,
            key_id=place.id_in(self.key_id),
            spec=self.key_pair_spec,
            additional_data=additional_data(None, self.encryption_context),
            with_plaintext=self.with_plaintext,
        )

    def answer(self, place: Place, made: NewKeyPair) -> Content:
        content = {
            "KeyId": place.key(made.key_id),
            "KeyPairSpec": made.spec,
            "PublicKey": der_of(made.public_key_pem),
            "PrivateKeyCiphertextBlob": made.private_key_ciphertext,
        }
        return content if made.private_key is None else {**content, "PrivateKeyPlaintext": made.private_key}


class GenerateDataKeyPairWithoutPlaintext(GenerateDataKeyPair, frozen=True):
    with_plaintext: ClassVar[bool] = False


class GenerateRandom(Operation, frozen=True):
    call: ClassVar[Call] = Call.GEN_RANDOM
    number_of_bytes: int

    def ask(self, _place: Place) -> Asked:
        return partial(operations.gen_random, bits=8 * self.number_of_bytes)

    def answer(self, _place: Place, made: bytes) -> Content:
        return {"Plaintext": made}


def _data_key_length(ciphertext: bytes, algorithm: str) -> int | None:
    """That of the data key in a ciphertext; what RSA encrypted holds none, whatever it looks like."""
    return data_key_length(ciphertext) if algorithm == SYMMETRIC_DEFAULT else None


DATA: list[type[Operation]] = [
    Encrypt,
    Decrypt,
    ReEncrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateRandom,
]
