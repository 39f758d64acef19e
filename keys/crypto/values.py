"""Values of secrets and database keys: each under a data key of its own, bound to where it is kept.

Layout: `01` (1 byte), nonce (12), ciphertext and tag (16) by AES-256-GCM; 29 bytes longer than the value."""

import os

from cryptography.exceptions import InvalidTag

from keys.crypto.encoding import length_prefixed, number
from keys.crypto.errors import CiphertextRejected
from keys.crypto.primitives import NONCE_BYTES, TAG_BYTES, aes_256_gcm_decrypt, aes_256_gcm_encrypt

FORMAT = b"\x01"
_CONTEXT = b"kv value"
_NONCE_ENDS = len(FORMAT) + NONCE_BYTES


def seal_value(data_key: bytes, value: bytes, mount: str, name: str, version: int) -> bytes:
    """`value` under a data key of 32 bytes that seals nothing else, bound to its mount, name and version."""
    return _seal_with_nonce(os.urandom(NONCE_BYTES), data_key, value, mount, name, version)


def open_value(data_key: bytes, sealed: bytes, mount: str, name: str, version: int) -> bytes:
    """The value that `seal_value` sealed for this very place. Raises CiphertextRejected for anything else."""
    if len(sealed) < _NONCE_ENDS + TAG_BYTES or sealed[:1] != FORMAT:
        raise CiphertextRejected
    nonce, ciphertext = sealed[len(FORMAT) : _NONCE_ENDS], sealed[_NONCE_ENDS:]
    try:
        return aes_256_gcm_decrypt(data_key, nonce, ciphertext, _place(mount, name, version))
    except InvalidTag:
        raise CiphertextRejected from None


def _seal_with_nonce(nonce: bytes, data_key: bytes, value: bytes, mount: str, name: str, version: int) -> bytes:
    return FORMAT + nonce + aes_256_gcm_encrypt(data_key, nonce, value, _place(mount, name, version))


def _place(mount: str, name: str, version: int) -> bytes:
    return FORMAT + length_prefixed(_CONTEXT, mount.encode(), name.encode(), number(version))
