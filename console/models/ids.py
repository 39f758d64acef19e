"""Ids in the wire's forms."""

import os
import time
import uuid
from typing import Final

VERSION: Final = 7
_RANDOM_BYTES: Final = 10


def hex_id() -> str:
    """A random id of 32 lowercase hex digits: accounts, users and projects."""
    return uuid.uuid4().hex


def dashed_id() -> str:
    """A random UUID with dashes: enterprise projects."""
    return str(uuid.uuid4())


def growing_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, then 74 random bits. It grows with time, so that an
    index of such ids is written at its end: of a million random ones each new one would touch a page of its own."""
    value = (time.time_ns() // 1_000_000) << (8 * _RANDOM_BYTES) | int.from_bytes(os.urandom(_RANDOM_BYTES))
    value = value & ~(0xF << 76) | VERSION << 76
    return uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62)
