"""Signatures, MACs and public keys. What does not verify is an error in AWS's words."""

from functools import partial
from typing import ClassVar

from keys import operations
from keys.aws.errors import MacWrong, SignatureWrong
from keys.aws.lifecycle import spec_of, uses_of
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.calls import Call
from keys.operations.macs import Mac
from keys.operations.signing import MessageType, PublicKey, Signed, Verified


class Sign(OfKey, frozen=True):
    call: ClassVar[Call] = Call.SIGN
    message: bytes
    signing_algorithm: str
    message_type: MessageType = MessageType.RAW

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.sign,
            key_id=place.id_in(self.key_id),
            message=self.message,
            algorithm=self.signing_algorithm,
            message_type=self.message_type,
        )

    def answer(self, place: Place, made: Signed) -> Content:
        return {
            "KeyId": place.key(made.key_id),
            "Signature": made.signature,
            "SigningAlgorithm": self.signing_algorithm,
        }


class Verify(OfKey, frozen=True):
    call: ClassVar[Call] = Call.VERIFY_SIGNATURE
    message: bytes
    signature: bytes
    signing_algorithm: str
    message_type: MessageType = MessageType.RAW

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.verify_signature,
            key_id=place.id_in(self.key_id),
            message=self.message,
            algorithm=self.signing_algorithm,
            message_type=self.message_type,
            signature=self.signature,
        )

    def answer(self, place: Place, made: Verified) -> Content:
        if not made.is_valid:
            raise SignatureWrong()
        return {
            "KeyId": place.key(made.key_id),
            "SignatureValid": True,
            "SigningAlgorithm": self.signing_algorithm,
        }


class GetPublicKey(OfKey, frozen=True):
    call: ClassVar[Call] = Call.GET_PUBLIC_KEY

    def ask(self, place: Place) -> Asked:
        return partial(operations.get_public_key, key_id=place.id_in(self.key_id))

    def answer(self, place: Place, made: PublicKey) -> Content:
        return {
            "KeyId": place.key(made.key.pk),
            "PublicKey": made.public_key,
            **spec_of(made.key.key_spec),
            **uses_of(made.key.key_spec, made.key.key_usage),
        }


class GenerateMac(OfKey, frozen=True):
    call: ClassVar[Call] = Call.GENERATE_MAC
    message: bytes
    mac_algorithm: str

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.generate_mac,
            key_id=place.id_in(self.key_id),
            message=self.message,
            algorithm=self.mac_algorithm,
        )

    def answer(self, place: Place, made: Mac) -> Content:
        return {"KeyId": place.key(made.key_id), "Mac": made.mac, "MacAlgorithm": made.algorithm}


class VerifyMac(OfKey, frozen=True):
    call: ClassVar[Call] = Call.VERIFY_MAC
    message: bytes
    mac: bytes
    mac_algorithm: str

    def ask(self, place: Place) -> Asked:
        return partial(
            operations.verify_mac,
            key_id=place.id_in(self.key_id),
            message=self.message,
            algorithm=self.mac_algorithm,
            mac=self.mac,
        )

    def answer(self, place: Place, made: Verified) -> Content:
        if not made.is_valid:
            raise MacWrong()
        return {"KeyId": place.key(made.key_id), "MacValid": True, "MacAlgorithm": made.algorithm}


SIGNING: list[type[Operation]] = [Sign, Verify, GetPublicKey, GenerateMac, VerifyMac]
