"""A decoder of ciphertexts written from docs/ciphertext-format.md alone: nothing of ours is imported here."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    pseudorandom = hmac.digest(salt, key, "sha256")
    output = block = b""
    while len(output) < length:
        block = hmac.digest(pseudorandom, block + info + bytes([len(output) // 32 + 1]), "sha256")
        output += block
    return output[:length]


def prefixed(text: str) -> bytes:
    return len(text.encode()).to_bytes(4, "big") + text.encode()


def additional(data: str | Mapping[str, str] | None) -> bytes:
    if not data:
        return bytes(5)
    if isinstance(data, str):
        return b"\x01" + prefixed(data)
    pairs = b"".join(prefixed(key) + prefixed(data[key]) for key in sorted(data, key=str.encode))
    return b"\x02" + len(pairs).to_bytes(4, "big") + pairs


def decode(
    material: bytes, sealed: bytes, data: str | Mapping[str, str] | None = None
) -> tuple[int, uuid.UUID, int, bytes]:
    """Purpose, key id, key version and plaintext; the material has 32 bytes for AES_256, 16 for SM4."""
    if sealed[0] != 1:
        raise ValueError("not of format version 1")
    head, salt, commitment = sealed[:86], sealed[22:54], sealed[54:86]
    derived = hkdf(material, salt, sealed[1:22], len(material) + 12 + 32)
    key, nonce, expected = derived[: len(material)], derived[len(material) :][:12], derived[-32:]
    if not hmac.compare_digest(commitment, expected):
        raise ValueError("another key")
    associated = head + additional(data)
    if len(material) == hashlib.sha256().digest_size:
        plaintext = AESGCM(key).decrypt(nonce, sealed[86:], associated)
    else:
        decryptor = Cipher(SM4(key), GCM(nonce, sealed[-16:])).decryptor()
        decryptor.authenticate_additional_data(associated)
        plaintext = decryptor.update(sealed[86:-16]) + decryptor.finalize()
    return sealed[1], uuid.UUID(bytes=sealed[2:18]), int.from_bytes(sealed[18:22], "big"), plaintext
