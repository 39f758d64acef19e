"""How the material of each key spec is made, and which public half it has. A new spec is one row of `ALGORITHMS`."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from keys.crypto.errors import (
    ExponentUnfit,
    MaterialLength,
    PrivateKeyRejected,
    PrivateKeyUnfit,
    PrivateKeyUnreadable,
    UnknownSpec,
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
LEAST_EXPONENT, EXPONENT_LIMIT = 65537, 2**256
"""The public exponents of imported RSA keys: odd, over 2^16 and below 2^256 (FIPS 186-5, A.1.1)."""


class Algorithm(Protocol):
    """What a key spec can do for its material."""

    def generate(self) -> bytes:
        """New random material: the key itself if symmetric, else the private key as PKCS#8 DER (RFC 5958)."""

    def public_half(self, material: bytes) -> bytes | None:
        """The public key of `material` as SubjectPublicKeyInfo DER (RFC 5280); None if symmetric.

        `material` must be trusted, see `parse_trusted`."""

    def check(self, foreign: bytes) -> bytes:
        """The material that bytes from outside are, checked whole: the key itself if symmetric, else a private key as
        PKCS#8 DER (RFC 5958). One in the older forms of PKCS#1 and SEC 1 is the same key, and taken too; whatever came,
        it comes back as PKCS#8 in the one encoding that ours have.

        Raises MaterialLength, PrivateKeyRejected and its kinds."""


@dataclass(frozen=True)
class Symmetric:
    """A key of `size_in_bytes` random bytes."""

    size_in_bytes: int

    def generate(self) -> bytes:
        return os.urandom(self.size_in_bytes)

    def public_half(self, material: bytes) -> None:
        return None

    def check(self, foreign: bytes) -> bytes:
        if len(foreign) != self.size_in_bytes:
            raise MaterialLength(len(foreign), self.size_in_bytes)
        return foreign


@dataclass(frozen=True)
class Rsa:
    """An RSA key (RFC 8017) whose modulus has `size_in_bits`; its exponent is 65537."""

    size_in_bits: int

    def generate(self) -> bytes:
        return _private_bytes(rsa.generate_private_key(public_exponent=65537, key_size=self.size_in_bits))

    def public_half(self, material: bytes) -> bytes:
        return _public_bytes(material)

    def check(self, foreign: bytes) -> bytes:
        key = _load(foreign)
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != self.size_in_bits:
            _refuse(key, f"RSA-{self.size_in_bits}")
        if not LEAST_EXPONENT <= key.public_key().public_numbers().e < EXPONENT_LIMIT:
            raise ExponentUnfit
        return _private_bytes(_load(foreign, checks_rsa=True))


@dataclass(frozen=True)
class EllipticCurve:
    """A key on a NIST curve (FIPS 186-5, SP 800-186)."""

    curve: ec.EllipticCurve

    def generate(self) -> bytes:
        return _private_bytes(ec.generate_private_key(self.curve))

    def public_half(self, material: bytes) -> bytes:
        return _public_bytes(material)

    def check(self, foreign: bytes) -> bytes:
        key = _load(foreign)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != self.curve.name:
            _refuse(key, self.curve.name)
        return _private_bytes(key)


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        "AES_256": Symmetric(32),
        "SM4": Symmetric(16),
        "HMAC_256": Symmetric(32),
        "HMAC_384": Symmetric(48),
        "HMAC_512": Symmetric(64),
        "HMAC_SM3": Symmetric(32),
        "RSA_2048": Rsa(2048),
        "RSA_3072": Rsa(3072),
        "RSA_4096": Rsa(4096),
        "EC_P256": EllipticCurve(ec.SECP256R1()),
        "EC_P384": EllipticCurve(ec.SECP384R1()),
    }
)


def algorithm_of(spec: str) -> Algorithm:
    """The row of `spec`. Raises UnknownSpec."""
    try:
        return ALGORITHMS[spec]
    except KeyError:
        raise UnknownSpec(f"There is no key spec {spec!r}. Use one of {', '.join(ALGORITHMS)}.") from None


def parse_trusted(material: bytes) -> PrivateKey:
    """The private key of `material` (PKCS#8 DER), without OpenSSL's slow check of the RSA numbers.

    Only for material that was just generated, or that was checked when it was imported and that our own AEAD has just
    authenticated: the check takes milliseconds at every use, and would say the same each time."""
    key = load_der_private_key(material, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("Material holds an RSA or an elliptic curve key.")
    return key


def _load(foreign: bytes, *, checks_rsa: bool = False) -> Any:
    """The private key in `foreign`, checked whole, but for the numbers of an RSA key: OpenSSL takes 40 ms for those and
    many times as long for larger ones, so they wait until it is known that the size fits.

    Raises PrivateKeyUnreadable, PrivateKeyRejected."""
    with contextlib.suppress(TypeError, UnsupportedAlgorithm):  # encrypted; of a curve or kind that is not known
        try:
            return load_der_private_key(foreign, password=None, unsafe_skip_rsa_key_validation=not checks_rsa)
        except ValueError as error:
            if str(error).startswith("Invalid"):
                raise PrivateKeyRejected from None
    raise PrivateKeyUnreadable(len(foreign)) from None


def _refuse(key: Any, expected: str) -> NoReturn:
    """Raise PrivateKeyUnfit with what the key is instead."""
    if isinstance(key, rsa.RSAPrivateKey):
        found = f"RSA-{key.key_size}"
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        found = key.curve.name
    else:
        found = type(key).__name__.removesuffix("PrivateKey")
    raise PrivateKeyUnfit(found, expected)


def _private_bytes(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _public_bytes(material: bytes) -> bytes:
    return parse_trusted(material).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
