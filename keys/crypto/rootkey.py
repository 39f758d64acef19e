"""The root key: it wraps whatever secret the database holds. Its format is in `docs/key-hierarchy.md`."""

import base64
import os
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidTag

from keys.crypto.encoding import NUMBER_BYTES, length_prefixed, number, read_number
from keys.crypto.errors import RootKeyInvalid, WrappedRejected
from keys.crypto.opaque import Opaque
from keys.crypto.primitives import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    aes_256_gcm_decrypt,
    aes_256_gcm_encrypt,
    hkdf_sha256,
)

FORMAT = b"\x01"
_HEADER_BYTES = len(FORMAT) + NUMBER_BYTES
_SHORTEST = _HEADER_BYTES + NONCE_BYTES + TAG_BYTES
_GREATEST_VERSION = 2**32 - 1
FINGERPRINT_INFO = b"root key fingerprint"
FINGERPRINT_BYTES = 8


class AnyRootKey(Protocol):
    """A root key of one version, wherever it lies, or the keyring of all versions."""

    @property
    def version(self) -> int:
        """The version that `wrap` wraps under."""

    @property
    def fingerprint(self) -> str:
        """What tells this version from all others, 16 hex digits; it may be logged and stored."""

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`: 33 bytes longer. Only the same context, in order, opens it."""

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """The plaintext that `wrap` was given with this very `context`. Raises WrappedRejected for anything else."""


class RootKey(Opaque):
    """A root key of 256 bits, known by its version (from 1) and its fingerprint.

    The fingerprint (16 hex digits, HKDF-SHA-256) may be logged and stored: it tells keys apart, not what they are."""

    __slots__ = ("fingerprint", "version")

    def __init__(self, key: bytes, version: int = 1) -> None:
        """Of the 32 bytes of `key`. Raises RootKeyInvalid for another length, or a version outside 1 to 2^32 - 1."""
        if len(key) != KEY_BYTES:
            raise RootKeyInvalid("The root key must have 32 bytes. Use a key made by this server.")
        if not 1 <= version <= _GREATEST_VERSION:
            raise RootKeyInvalid("The version of the root key must be a whole number from 1 to 4294967295.")
        super().__init__(key)
        self.version: Final = version
        self.fingerprint: Final = hkdf_sha256(key, b"", FINGERPRINT_INFO, FINGERPRINT_BYTES).hex()

    @classmethod
    def from_text(cls, text: str, version: int = 1) -> Self:
        """Of its text form: standard base64 of 32 bytes; whitespace around it is ignored.

        Raises RootKeyInvalid."""
        stripped = text.strip()
        try:
            key = base64.b64decode(stripped, validate=True)
        except ValueError:
            key = b""
        # Compared, because decoding ignores the last two bits: a mistyped last letter would pass unnoticed.
        if len(key) != KEY_BYTES or base64.b64encode(key).decode() != stripped:
            raise RootKeyInvalid(
                "The root key is malformed: it must be standard base64 of 32 bytes, which is 44 characters. "
                "Restore it from where you keep its copy."
            )
        return cls(key, version)

    def _text(self) -> str:
        """Its text form, for the file of the root key alone."""
        return base64.b64encode(self._secret).decode()

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`: 33 bytes longer. Only the same context, in order, opens it.

        AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: good for 2^32 wraps under one root key."""
        return self._wrap_with_nonce(os.urandom(NONCE_BYTES), plaintext, *context)

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """The plaintext that `wrap` was given with this very `context`.

        Raises WrappedRejected for anything else, always with the same text."""
        nonce, ciphertext = parts_of(wrapped, self.version)
        try:
            return aes_256_gcm_decrypt(self._secret, nonce, ciphertext, associated_data(self.version, context))
        except InvalidTag:
            raise WrappedRejected from None

    def _wrap_with_nonce(self, nonce: bytes, plaintext: bytes, *context: bytes) -> bytes:
        ciphertext = aes_256_gcm_encrypt(self._secret, nonce, plaintext, associated_data(self.version, context))
        return header_of(self.version) + nonce + ciphertext

    def __repr__(self) -> str:
        return f"<RootKey version {self.version}, fingerprint {self.fingerprint}>"


def root_key_version_of(wrapped: bytes) -> int:
    """The version of the root key that `wrapped` names; nothing proves it before `RootKey.unwrap` opens the bytes.

    Raises WrappedRejected for bytes that are too short or of an unknown format."""
    if len(wrapped) < _SHORTEST or wrapped[: len(FORMAT)] != FORMAT:
        raise WrappedRejected
    return read_number(wrapped[len(FORMAT) : _HEADER_BYTES])


def header_of(version: int) -> bytes:
    """What wrapped bytes begin with under the root key of this version."""
    return FORMAT + number(version)


def associated_data(version: int, context: tuple[bytes, ...]) -> bytes:
    """What wrapped bytes are bound to: their context and their header."""
    return length_prefixed(*context) + header_of(version)


def parts_of(wrapped: bytes, version: int) -> tuple[bytes, bytes]:
    """Nonce and ciphertext of bytes wrapped under the root key of this version. Raises WrappedRejected for others."""
    if root_key_version_of(wrapped) != version:
        raise WrappedRejected
    return wrapped[_HEADER_BYTES:][:NONCE_BYTES], wrapped[_HEADER_BYTES + NONCE_BYTES :]
