"""Signatures, MACs and public keys (API contract, 4.3)."""

from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import from_base64, from_hex, to_base64
from keys.crypto.public_keys import pem_of
from keys.errors import MacMalformed, MessageInvalid, MessageTypeUnknown, SignatureMalformed
from keys.operations.macs import Mac
from keys.operations.signing import MessageType, PublicKey, Signed, Verified

Wish = dict[str, Any]


class SignRequest(msgspec.Struct, frozen=True):
    key_id: str
    message: str
    signing_algorithm: str
    message_type: str | None = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "message": from_base64(self.message, MessageInvalid()),
            "algorithm": self.signing_algorithm,
            "message_type": _message_type(self.message_type),
        }


class VerifyRequest(msgspec.Struct, frozen=True):
    key_id: str
    message: str
    signature: str
    signing_algorithm: str
    message_type: str | None = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "message": from_base64(self.message, MessageInvalid()),
            "algorithm": self.signing_algorithm,
            "message_type": _message_type(self.message_type),
            "signature": from_base64(self.signature, SignatureMalformed()),
        }


class GenerateMacRequest(msgspec.Struct, frozen=True):
    key_id: str
    mac_algorithm: str
    message: str

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "message": from_base64(self.message, MessageInvalid()),
            "algorithm": self.mac_algorithm,
        }


class VerifyMacRequest(msgspec.Struct, frozen=True):
    key_id: str
    mac_algorithm: str
    message: str
    mac: str

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "message": from_base64(self.message, MessageInvalid()),
            "algorithm": self.mac_algorithm,
            "mac": from_hex(self.mac, MacMalformed()),
        }


def signed(made: Signed) -> answers.MessageSigned:
    return {"key_id": str(made.key_id), "signature": to_base64(made.signature)}


def verified(found: Verified) -> answers.SignatureVerified:
    """The wire has a text here, and a boolean for MACs."""
    return {"key_id": str(found.key_id), "signature_valid": "true" if found.is_valid else "false"}


def mac(made: Mac) -> answers.MacGenerated:
    return {"key_id": str(made.key_id), "mac_algorithm": made.algorithm, "mac": made.mac.hex()}


def verified_mac(found: Verified) -> answers.MacVerified:
    return {"key_id": str(found.key_id), "mac_algorithm": found.algorithm, "mac_valid": found.is_valid}


def public_key(found: PublicKey) -> answers.PublicKeyShown:
    return {"key_id": str(found.key.pk), "public_key": pem_of(found.public_key)}


def _message_type(text: str | None) -> MessageType:
    try:
        return MessageType(text or MessageType.DIGEST)
    except ValueError:
        raise MessageTypeUnknown() from None
