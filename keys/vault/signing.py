"""Vault's transit engine: signatures and MACs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from console.access.caller import Caller
from console.api.errors import ParameterInvalid
from keys import operations
from keys.api.values import to_base64
from keys.operations.macs import Mac
from keys.operations.signing import MessageType, Signed, Verified
from keys.vault.names import bytes_of, key_id_of

Wish = dict[str, Any]
HASHES: Mapping[str, str] = {"sha2-256": "SHA_256", "sha2-384": "SHA_384", "sha2-512": "SHA_512"}
SCHEMES: Mapping[str, str] = {"pss": "RSASSA_PSS", "pkcs1v15": "RSASSA_PKCS1_V1_5"}
START = "vault:v1:"
"""Keys that sign, and keys for MACs, have one version."""


class SignRequest(msgspec.Struct, frozen=True):
    """A message, or its digest where it is `prehashed`."""

    input: str
    prehashed: bool = False
    hash_algorithm: str = ""
    signature_algorithm: str = "pss"
    marshaling_algorithm: str = "asn1"

    def wish(self, name: str) -> Wish:
        key_id, named = _key_and_hash(name, self.hash_algorithm)
        if self.signature_algorithm not in SCHEMES:
            raise ParameterInvalid(problem=f"signature_algorithm is one of {', '.join(SCHEMES)}.")
        if self.marshaling_algorithm != "asn1":
            raise ParameterInvalid(problem="marshaling_algorithm is asn1.")
        hashes = (named,) if named else tuple(HASHES.values())
        return {
            "key_id": key_id,
            "message": bytes_of(self.input, "input"),
            "algorithm": tuple(
                f"{scheme}_{one}" for one in hashes for scheme in (SCHEMES[self.signature_algorithm], "ECDSA")
            ),
            "message_type": MessageType.DIGEST if self.prehashed else MessageType.RAW,
        }


class HmacRequest(msgspec.Struct, frozen=True):
    input: str
    algorithm: str = ""

    def wish(self, name: str) -> Wish:
        key_id, named = _key_and_hash(name, self.algorithm)
        return {
            "key_id": key_id,
            "message": bytes_of(self.input, "input"),
            "algorithm": f"HMAC_{named}" if named else None,
        }


class VerifyRequest(SignRequest, frozen=True):
    signature: str = ""
    hmac: str = ""

    def wish(self, name: str) -> Wish:
        if self.hmac:
            of_mac = HmacRequest(self.input, self.hash_algorithm).wish(name)
            return {**of_mac, "mac": _shown(self.hmac, "hmac")}
        return {**SignRequest.wish(self, name), "signature": _shown(self.signature, "signature")}


def verify(caller: Caller, **wish: Any) -> Verified:
    """What is shown decides which call it is, and so which permission it needs."""
    return (operations.verify_mac if "mac" in wish else operations.verify_signature)(caller, **wish)


def signed(made: Signed) -> dict[str, Any]:
    return {"signature": f"{START}{to_base64(made.signature)}", "key_version": 1}


def mac(made: Mac) -> dict[str, Any]:
    return {"hmac": f"{START}{to_base64(made.mac)}"}


def verified(found: Verified) -> dict[str, Any]:
    return {"valid": found.is_valid}


def _key_and_hash(name: str, named: str) -> tuple[str, str]:
    """The key, and the hash that the path or a field names; empty where neither does."""
    first, _slash, last = name.rpartition("/")
    if first and last in HASHES:
        name, named = first, last
    if named and named not in HASHES:
        raise ParameterInvalid(problem=f"The hash is one of {', '.join(HASHES)}.")
    return key_id_of(name), HASHES.get(named, "")


def _shown(text: str, field: str) -> bytes:
    if not text.startswith(START):
        raise ParameterInvalid(problem=f"{field} begins with {START}")
    return bytes_of(text.removeprefix(START), field)
