"""Message authentication codes: HMAC (RFC 2104) with SHA-2 and SM3."""

from collections.abc import Mapping
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac

from keys.crypto.errors import MacInvalid
from keys.crypto.material import Material

MAC_ALGORITHMS: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        "HMAC_SHA_256": hashes.SHA256(),
        "HMAC_SHA_384": hashes.SHA384(),
        "HMAC_SHA_512": hashes.SHA512(),
        "HMAC_SM3": hashes.SM3(),
    }
)
_OF_SPEC = {
    "HMAC_256": "HMAC_SHA_256",
    "HMAC_384": "HMAC_SHA_384",
    "HMAC_512": "HMAC_SHA_512",
    "HMAC_SM3": "HMAC_SM3",
}


def mac_algorithm_of(spec: str) -> str | None:
    return _OF_SPEC.get(spec)


def generate_mac(material: Material, message: bytes) -> bytes:
    return _mac(material, message).finalize()


def verify_mac(material: Material, message: bytes, mac: bytes) -> None:
    try:
        _mac(material, message).verify(mac)
    except InvalidSignature:
        raise MacInvalid from None


def _mac(material: Material, message: bytes) -> hmac.HMAC:
    made = hmac.HMAC(material._secret, MAC_ALGORITHMS[_OF_SPEC[material.spec]])
    made.update(message)
    return made
