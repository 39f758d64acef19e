"""The root key: it wraps whatever secret the database holds. Its format is in `docs/key-hierarchy.md`."""

import base64
import os
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag

from keys.crypto import keyfile
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
_FINGERPRINT_INFO = b"root key fingerprint"
_FINGERPRINT_BYTES = 8


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
        self.fingerprint: Final = hkdf_sha256(key, b"", _FINGERPRINT_INFO, _FINGERPRINT_BYTES).hex()

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

    @classmethod
    def from_file(cls, path: Path, version: int = 1) -> Self:
        """Of the file at `path`, which holds the text form and is closed to group and others.

        Raises RootKeyMissing if there is none; RootKeyInvalid if it is unreadable, malformed, or open to others."""
        text = keyfile.read(path)
        try:
            return cls.from_text(text, version)
        except RootKeyInvalid as error:
            raise RootKeyInvalid(f"The root key file {path} can't be used. {error}") from None

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`: 33 bytes longer. Only the same context, in order, opens it.

        AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: good for 2^32 wraps under one root key."""
        return self._wrap_with_nonce(os.urandom(NONCE_BYTES), plaintext, *context)

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """The plaintext that `wrap` was given with this very `context`.

        Raises WrappedRejected for anything else, always with the same text."""
        if root_key_version_of(wrapped) != self.version:
            raise WrappedRejected
        nonce, ciphertext = wrapped[_HEADER_BYTES:][:NONCE_BYTES], wrapped[_HEADER_BYTES + NONCE_BYTES :]
        try:
            return aes_256_gcm_decrypt(self._secret, nonce, ciphertext, self._associated_data(context))
        except InvalidTag:
            raise WrappedRejected from None

    def _wrap_with_nonce(self, nonce: bytes, plaintext: bytes, *context: bytes) -> bytes:
        ciphertext = aes_256_gcm_encrypt(self._secret, nonce, plaintext, self._associated_data(context))
        return self._header() + nonce + ciphertext

    def _header(self) -> bytes:
        return FORMAT + number(self.version)

    def _associated_data(self, context: tuple[bytes, ...]) -> bytes:
        return length_prefixed(*context) + self._header()

    def __repr__(self) -> str:
        return f"<RootKey version {self.version}, fingerprint {self.fingerprint}>"


def root_key_version_of(wrapped: bytes) -> int:
    """The version of the root key that `wrapped` names; nothing proves it before `RootKey.unwrap` opens the bytes.

    Raises WrappedRejected for bytes that are too short or of an unknown format."""
    if len(wrapped) < _SHORTEST or wrapped[: len(FORMAT)] != FORMAT:
        raise WrappedRejected
    return read_number(wrapped[len(FORMAT) : _HEADER_BYTES])


def create_root_key_file(path: Path) -> RootKey:
    """A new random root key, version 1, safely on disk at `path` with mode 0600 before it is returned.

    Raises RootKeyExists if there is anything at `path`, RootKeyNotCreated if it can't be written."""
    keyfile.create(path, base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n")
    # Read back rather than kept: what is used now is what the next start will find.
    return RootKey.from_file(path)
