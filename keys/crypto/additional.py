"""Additional data: what a ciphertext is bound to, and what must be given again to open it."""

from collections.abc import Mapping

from keys.crypto.encoding import length_prefixed, number

AdditionalData = str | Mapping[str, str] | None
"""A text, or a context of pairs; None, the empty text and the empty context are the same: nothing."""

NONE, TEXT, CONTEXT = b"\x00", b"\x01", b"\x02"


def encode_additional_data(data: AdditionalData) -> bytes:
    """Its kind (1 byte), its length (4 bytes) and its bytes: a text in UTF-8, or the pairs of a context in the order of
    their keys' UTF-8, each key and each value behind its own length. A text never equals a context."""
    if not data:
        return NONE + number(0)
    if isinstance(data, str):
        return TEXT + length_prefixed(data.encode())
    pairs = sorted((key.encode(), value.encode()) for key, value in data.items())
    return CONTEXT + length_prefixed(b"".join(length_prefixed(key, value) for key, value in pairs))
