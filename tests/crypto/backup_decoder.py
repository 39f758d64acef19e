"""A decoder of backups written from docs/backup-format.md alone: nothing of ours is imported here."""

import hashlib
import hmac
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 65_536 + 16


def part(sealed: bytes, start: int) -> tuple[bytes, int]:
    """What stands behind its length, and where it ends."""
    end = start + 4 + int.from_bytes(sealed[start : start + 4], "big")
    return sealed[start + 4 : end], end


def unwrap(root_key: bytes, wrapped: bytes) -> bytes:
    place = b"backup file key"
    associated = len(place).to_bytes(4, "big") + place + wrapped[:5]
    return AESGCM(root_key).decrypt(wrapped[5:17], wrapped[17:], associated)


def decode(root_key: bytes, sealed: bytes) -> tuple[bytes, bytes]:
    """Description and content."""
    if sealed[:12] != b"kms backup\n\x01":
        raise ValueError("no backup of format version 1")
    wrapped, middle = part(sealed, 12)
    description, begin = part(sealed, middle)
    pseudorandom = hmac.digest(bytes(32), unwrap(root_key, wrapped), "sha256")
    key = AESGCM(hmac.digest(pseudorandom, b"backup chunks\x01", "sha256"))
    pieces = [sealed[place : place + PIECE] for place in range(begin, len(sealed), PIECE)]
    associated, content = hashlib.sha256(sealed[:begin]).digest(), b""
    for number, piece in enumerate(pieces, 1):
        nonce = (number - 1).to_bytes(11, "big") + bytes([number == len(pieces)])
        content += key.decrypt(nonce, piece, associated)
    return description, content


def frames(content: bytes) -> Iterator[list[Any]]:
    """The frames of a backup's content."""
    plain, place = zlib.decompress(content), 0
    while place < len(plain):
        frame, place = part(plain, place)
        yield msgspec.msgpack.decode(frame)
