"""The raw calls, each in one place and without randomness, so that published vectors run through them.

Callers outside this folder use `rootkey`, `material`, `secrets` and `trail` instead.
"""

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding

KEY_BYTES = 32
"""An AES-256 key: 256 bits."""

SM4_KEY_BYTES = 16
"""An SM4 key: 128 bits."""

NONCE_BYTES = 12
"""The nonce of AES-GCM: 96 bits, the one length that NIST SP 800-38D uses without hashing it first."""

TAG_BYTES = 16
"""The tag of AES-GCM: 128 bits, never shortened."""

OAEP_SHA256 = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
"""RSAES-OAEP (RFC 8017) with SHA-256 as its hash and in MGF1, without a label."""


def aes_256_gcm_encrypt(key: bytes, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Ciphertext and 16-byte tag by AES-256-GCM (NIST SP 800-38D).

    `key` has 32 bytes; `nonce` has 12 and must never come twice under one key. Raises ValueError otherwise."""
    return _aes_256_gcm(key, nonce).encrypt(nonce, plaintext, associated_data)


def aes_256_gcm_decrypt(key: bytes, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    """The plaintext of what `aes_256_gcm_encrypt` made.

    Raises cryptography.exceptions.InvalidTag if anything differs, ValueError for a key or nonce of another length."""
    return _aes_256_gcm(key, nonce).decrypt(nonce, ciphertext, associated_data)


def hkdf_sha256(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """`length` bytes derived from `key` by HKDF-SHA-256 (RFC 5869); an empty `salt` is none.

    Raises ValueError for more than 255 * 32 bytes."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32 bytes of HMAC-SHA-256 (RFC 2104, FIPS 198-1) of `message`."""
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(message)
    return mac.finalize()


def _aes_256_gcm(key: bytes, nonce: bytes) -> AESGCM:
    # The library takes shorter keys and nonces of 8 to 128 bytes; none of our formats has them.
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("AES-256-GCM takes a key of 32 bytes and a nonce of 12.")
    return AESGCM(key)


def sm4_gcm_encrypt(key: bytes, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Ciphertext and 16-byte tag by SM4-GCM (GB/T 32907, RFC 8998).

    `key` has 16 bytes; `nonce` has 12 and must never come twice under one key. Raises ValueError otherwise."""
    encryptor = _sm4_gcm(key, nonce, None).encryptor()
    encryptor.authenticate_additional_data(associated_data)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def sm4_gcm_decrypt(key: bytes, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    """The plaintext of what `sm4_gcm_encrypt` made; nothing leaves before the tag is checked. Raises InvalidTag."""
    decryptor = _sm4_gcm(key, nonce, ciphertext[-TAG_BYTES:]).decryptor()
    decryptor.authenticate_additional_data(associated_data)
    plaintext = decryptor.update(ciphertext[:-TAG_BYTES])
    decryptor.finalize()
    return plaintext


def aes_kwp_unwrap(key: bytes, wrapped: bytes) -> bytes:
    """What was wrapped under `key` (16, 24 or 32 bytes) by AES key wrap with padding (RFC 5649, NIST SP 800-38F KWP).

    Raises cryptography.hazmat.primitives.keywrap.InvalidUnwrap if anything differs, ValueError for a key of another
    length."""
    return aes_key_unwrap_with_padding(key, wrapped)


def rsa_oaep_sha256_decrypt(key: rsa.RSAPrivateKey, ciphertext: bytes) -> bytes:
    """The plaintext by RSAES-OAEP with SHA-256. Raises ValueError, whatever the cause."""
    return key.decrypt(ciphertext, OAEP_SHA256)


def _sm4_gcm(key: bytes, nonce: bytes, tag: bytes | None) -> "Cipher[GCM]":
    if len(key) != SM4_KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("SM4-GCM takes a key of 16 bytes and a nonce of 12.")
    return Cipher(SM4(key), GCM(nonce, tag))
