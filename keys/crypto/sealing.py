"""Ciphertexts under AES and SM4 keys. The format is in `docs/ciphertext-format.md`, with vectors."""

import os
import uuid
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.constant_time import bytes_eq

from keys.crypto.additional import AdditionalData, encode_additional_data
from keys.crypto.encoding import NUMBER_BYTES, number, read_number
from keys.crypto.errors import CiphertextRejected, SpecUnfit
from keys.crypto.material import Material
from keys.crypto.primitives import (
    NONCE_BYTES,
    TAG_BYTES,
    aes_256_gcm_decrypt,
    aes_256_gcm_encrypt,
    hkdf_sha256,
    sm4_gcm_decrypt,
    sm4_gcm_encrypt,
)

FORMAT = b"\x01"
KEY_ID_BYTES = 16
SALT_BYTES = 32
COMMITMENT_BYTES = 32
_NAMED = len(FORMAT) + 1 + KEY_ID_BYTES + NUMBER_BYTES
HEADER_BYTES = _NAMED + SALT_BYTES + COMMITMENT_BYTES
OVERHEAD = HEADER_BYTES + TAG_BYTES
Aead = Callable[[bytes, bytes, bytes, bytes], bytes]
_CIPHERS: Mapping[str, tuple[int, Aead, Aead]] = {
    "AES_256": (32, aes_256_gcm_encrypt, aes_256_gcm_decrypt),
    "SM4": (16, sm4_gcm_encrypt, sm4_gcm_decrypt),
}


class Purpose(IntEnum):
    """What a ciphertext holds; each operation opens its own purpose only."""

    DATA = 1
    DATA_KEY = 2
    PRIVATE_KEY = 3


class Header(NamedTuple):
    """What a ciphertext says of itself; nothing proves it before `open_sealed`."""

    purpose: Purpose
    key_id: uuid.UUID
    key_version: int


def read_header(ciphertext: bytes) -> Header:
    """What `ciphertext` says of itself. Raises CiphertextRejected where it is none of ours."""
    purpose = _purpose_of(ciphertext)
    return Header(purpose, uuid.UUID(bytes=ciphertext[2:18]), read_number(ciphertext[18:_NAMED]))


def seal(
    material: Material,
    key_id: uuid.UUID,
    key_version: int,
    purpose: Purpose,
    plaintext: bytes,
    additional_data: AdditionalData = None,
) -> bytes:
    """`plaintext` under one version of a key, 102 bytes longer, bound to key, version, purpose and additional data."""
    return _seal_with_salt(os.urandom(SALT_BYTES), material, key_id, key_version, purpose, plaintext, additional_data)


def open_sealed(material: Material, ciphertext: bytes, additional_data: AdditionalData = None) -> bytes:
    """The plaintext of what `seal` made with this very material and additional data.

    Raises CiphertextRejected for anything else, always with the same text."""
    _purpose_of(ciphertext)
    header = ciphertext[:HEADER_BYTES]
    salt, commitment = header[_NAMED : _NAMED + SALT_BYTES], header[_NAMED + SALT_BYTES :]
    key, nonce, expected = _derive(material, salt, header[1:_NAMED])
    if not bytes_eq(commitment, expected):
        raise CiphertextRejected
    _size, _encrypt, decrypt = _cipher(material)
    try:
        return decrypt(key, nonce, ciphertext[HEADER_BYTES:], header + encode_additional_data(additional_data))
    except InvalidTag:
        raise CiphertextRejected from None


def _purpose_of(ciphertext: bytes) -> Purpose:
    if len(ciphertext) < OVERHEAD or ciphertext[:1] != FORMAT:
        raise CiphertextRejected
    try:
        return Purpose(ciphertext[1])
    except ValueError:
        raise CiphertextRejected from None


def _seal_with_salt(
    salt: bytes,
    material: Material,
    key_id: uuid.UUID,
    key_version: int,
    purpose: Purpose,
    plaintext: bytes,
    additional_data: AdditionalData,
) -> bytes:
    named = bytes([purpose]) + key_id.bytes + number(key_version)
    key, nonce, commitment = _derive(material, salt, named)
    header = FORMAT + named + salt + commitment
    _size, encrypt, _decrypt = _cipher(material)
    return header + encrypt(key, nonce, plaintext, header + encode_additional_data(additional_data))


def _derive(material: Material, salt: bytes, named: bytes) -> tuple[bytes, bytes, bytes]:
    """Key, nonce and commitment of one message."""
    size = _cipher(material)[0]
    derived = hkdf_sha256(material._secret, salt, named, size + NONCE_BYTES + COMMITMENT_BYTES)
    return derived[:size], derived[size : size + NONCE_BYTES], derived[size + NONCE_BYTES :]


def _cipher(material: Material) -> tuple[int, Aead, Aead]:
    """Bytes of a message key, and how it encrypts and decrypts."""
    try:
        return _CIPHERS[material.spec]
    except KeyError:
        raise SpecUnfit(f"A key of {material.spec} seals nothing.") from None
