"""Key material that comes from outside, wrapped for one key: opened here, checked, and never out of here unwrapped.

The formats are in `docs/key-hierarchy.md`, with a worked example.
"""

import os
from typing import Self

from cryptography.exceptions import InternalError
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.crypto.algorithms import Rsa, Symmetric, algorithm_of, parse_trusted
from keys.crypto.encoding import number
from keys.crypto.errors import (
    CiphertextRejected,
    PrivateKeyClosed,
    PrivateKeyRejected,
    SignatureInvalid,
    TemporaryKeyLength,
)
from keys.crypto.keyring import Keyring
from keys.crypto.material import Material
from keys.crypto.opaque import Opaque
from keys.crypto.primitives import aes_kwp_unwrap, hmac_sha256, rsa_oaep_sha256_decrypt
from keys.crypto.rootkey import AnyRootKey
from keys.crypto.signing import algorithms_for, sign, verify

WRAPPING_BITS = 2048
WRAPPED_BYTES = WRAPPING_BITS // 8
"""The length of whatever is encrypted under the public half of a wrapping key."""

TEMPORARY_KEY_BYTES = (16, 32)
"""The AES keys under which a private key may come."""

_SALT_BYTES = 32
_TRIAL = b"An imported private key signs this once."


class WrappingKey(Opaque):
    """An RSA key pair of 2048 bits: material for one key is wrapped under its public half by whoever brings it."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> Self:
        """A new pair. It takes 40 ms and more, so call it before any lock."""
        return cls(Rsa(WRAPPING_BITS).generate())

    def public_half(self) -> bytes:
        """Its public half as SubjectPublicKeyInfo DER (RFC 5280)."""
        return self._parsed().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def wrap(self, root_key: AnyRootKey, key_id: str, token_digest: bytes) -> bytes:
        """Its private half under `root_key`, bound to the key that material may come for, and to the import token."""
        return root_key.wrap(self._secret, *_place(key_id, token_digest))

    @classmethod
    def unwrap(cls, root_key: AnyRootKey, wrapped: bytes, key_id: str, token_digest: bytes) -> Self:
        """The pair that `wrap` wrapped for this very key and token. Raises WrappedRejected for anything else."""
        return cls(root_key.unwrap(wrapped, *_place(key_id, token_digest)))

    def _open(self, encrypted: bytes) -> bytes:
        """What was encrypted under the public half by RSAES-OAEP with SHA-256. Raises CiphertextRejected."""
        try:
            return rsa_oaep_sha256_decrypt(self._parsed(), encrypted)
        except ValueError:
            raise CiphertextRejected from None

    def _parsed(self) -> rsa.RSAPrivateKey:
        key = parse_trusted(self._secret)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - generated as such, and authenticated since
        return key


def rewrap_wrapping_key(keyring: Keyring, wrapped: bytes, key_id: str, token_digest: bytes) -> bytes:
    """What `WrappingKey.wrap` wrapped for this very key and token, under the current root key.

    Raises WrappedRejected."""
    return keyring.rewrap(wrapped, *_place(key_id, token_digest))


def material_bytes(spec: str) -> int | None:
    """How many bytes symmetric material of `spec` has; None for private keys."""
    algorithm = algorithm_of(spec)
    return algorithm.size_in_bytes if isinstance(algorithm, Symmetric) else None


def import_symmetric(wrapping_key: WrappingKey, spec: str, encrypted: bytes) -> Material:
    """The symmetric material of `spec` that was encrypted under the wrapping key.

    Raises CiphertextRejected, MaterialLength."""
    return Material(spec, algorithm_of(spec).check(wrapping_key._open(encrypted)))


def import_private_key(
    wrapping_key: WrappingKey, spec: str, encrypted_temporary_key: bytes, encrypted_private_key: bytes
) -> Material:
    """The private key of `spec`, which came under a temporary AES key (AES key wrap with padding, RFC 5649), and that
    under the wrapping key. It is loaded with every check and signs once before it is taken: RSA_4096 takes 0.3 s, so
    call it before any lock.

    Raises CiphertextRejected, TemporaryKeyLength, PrivateKeyRejected and its kinds."""
    temporary_key = wrapping_key._open(encrypted_temporary_key)
    if len(temporary_key) not in TEMPORARY_KEY_BYTES:
        raise TemporaryKeyLength(len(temporary_key))
    try:
        foreign = aes_kwp_unwrap(temporary_key, encrypted_private_key)
    except InvalidUnwrap:
        raise PrivateKeyClosed from None
    material = Material(spec, algorithm_of(spec).check(foreign))
    _try_out(material)
    return material


def wrap_check_value(root_key: AnyRootKey, material: Material, key_id: str, version: int) -> bytes:
    """What tells later whether other material is the same, once this one is destroyed.

    HMAC-SHA-256 under a random key, and that key, both wrapped: whoever has the database alone can't compare anything
    with it, not even two keys with each other; a new root key wraps it anew like all else."""
    salt = os.urandom(_SALT_BYTES)
    return root_key.wrap(salt + hmac_sha256(salt, material._secret), *_check_place(key_id, version, material.spec))


def is_same_material(root_key: AnyRootKey, check_value: bytes, material: Material, key_id: str, version: int) -> bool:
    """Whether `material` is what `wrap_check_value` was given for this very key and version. Raises WrappedRejected."""
    opened = root_key.unwrap(check_value, *_check_place(key_id, version, material.spec))
    salt, mac = opened[:_SALT_BYTES], opened[_SALT_BYTES:]
    return bytes_eq(mac, hmac_sha256(salt, material._secret))


def rewrap_check_value(keyring: Keyring, wrapped: bytes, key_id: str, version: int, spec: str) -> bytes:
    """What `wrap_check_value` wrapped for this very key, version and spec, under the current root key.

    Raises WrappedRejected."""
    return keyring.rewrap(wrapped, *_check_place(key_id, version, spec))


def _try_out(material: Material) -> None:
    """Sign and verify once. Raises PrivateKeyRejected."""
    algorithm = algorithms_for(material.spec)[0]
    public_key = material.public_key
    assert public_key is not None  # noqa: S101 - a private key has one
    try:
        verify(public_key, algorithm, _TRIAL, sign(material, algorithm, _TRIAL, is_digest=False), is_digest=False)
    except (SignatureInvalid, ValueError, InternalError):
        raise PrivateKeyRejected from None


def _place(key_id: str, token_digest: bytes) -> tuple[bytes, ...]:
    return b"import", key_id.encode(), token_digest


def _check_place(key_id: str, version: int, spec: str) -> tuple[bytes, ...]:
    return b"check value", key_id.encode(), number(version), spec.encode()
