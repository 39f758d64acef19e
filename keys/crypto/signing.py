"""Signatures: RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017), ECDSA in DER (FIPS 186-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keys.crypto.errors import AlgorithmUnfit, DigestLength, SignatureInvalid, SpecUnfit
from keys.crypto.material import Material
from keys.crypto.public_keys import parse_public

_RSA = ("RSA_2048", "RSA_3072", "RSA_4096")


@dataclass(frozen=True)
class SigningAlgorithm:
    """A hash and a scheme, and the key specs that sign so."""

    hash: hashes.HashAlgorithm
    specs: tuple[str, ...]
    scheme: str

    @property
    def digest_size(self) -> int:
        return self.hash.digest_size


SIGNING_ALGORITHMS: Mapping[str, SigningAlgorithm] = MappingProxyType(
    {
        "RSASSA_PSS_SHA_256": SigningAlgorithm(hashes.SHA256(), _RSA, "PSS"),
        "RSASSA_PSS_SHA_384": SigningAlgorithm(hashes.SHA384(), _RSA, "PSS"),
        "RSASSA_PSS_SHA_512": SigningAlgorithm(hashes.SHA512(), _RSA, "PSS"),
        "RSASSA_PKCS1_V1_5_SHA_256": SigningAlgorithm(hashes.SHA256(), _RSA, "PKCS1"),
        "RSASSA_PKCS1_V1_5_SHA_384": SigningAlgorithm(hashes.SHA384(), _RSA, "PKCS1"),
        "RSASSA_PKCS1_V1_5_SHA_512": SigningAlgorithm(hashes.SHA512(), _RSA, "PKCS1"),
        "ECDSA_SHA_256": SigningAlgorithm(hashes.SHA256(), ("EC_P256",), "ECDSA"),
        "ECDSA_SHA_384": SigningAlgorithm(hashes.SHA384(), ("EC_P384",), "ECDSA"),
    }
)


def algorithms_for(spec: str) -> tuple[str, ...]:
    return tuple(name for name, one in SIGNING_ALGORITHMS.items() if spec in one.specs)


def sign(material: Material, algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
    row = SIGNING_ALGORITHMS[algorithm]
    if material.spec not in row.specs:
        raise AlgorithmUnfit(f"{material.spec} does not sign with {algorithm}.")
    if is_digest and len(message) != row.digest_size:
        raise DigestLength(f"{algorithm} takes digests of {row.digest_size} bytes.")
    hash_: hashes.HashAlgorithm | Prehashed = Prehashed(row.hash) if is_digest else row.hash
    key = material._private_key()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _padding(row, row.digest_size), hash_)
    return key.sign(message, ec.ECDSA(hash_))


def verify(public_key: bytes, algorithm: str, message: bytes, signature: bytes, *, is_digest: bool) -> None:
    row = SIGNING_ALGORITHMS[algorithm]
    if is_digest and len(message) != row.digest_size:
        raise DigestLength(f"{algorithm} takes digests of {row.digest_size} bytes.")
    hash_: hashes.HashAlgorithm | Prehashed = Prehashed(row.hash) if is_digest else row.hash
    key = parse_public(public_key)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _padding(row, padding.PSS.AUTO), hash_)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hash_))
        else:
            raise SpecUnfit("Only RSA and elliptic-curve keys verify.")
    except (InvalidSignature, ValueError):
        raise SignatureInvalid from None


def _padding(row: SigningAlgorithm, salt_length: Any) -> padding.PSS | padding.PKCS1v15:
    if row.scheme == "PSS":
        return padding.PSS(mgf=padding.MGF1(row.hash), salt_length=salt_length)
    return padding.PKCS1v15()
