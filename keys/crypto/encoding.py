"""How several values become one byte string that can be read in one way only."""

NUMBER_BYTES = 4
"""Numbers are unsigned, big-endian, of this many bytes."""


def number(value: int) -> bytes:
    """`value` as 4 bytes big-endian.

    Raises OverflowError outside 0 to 4,294,967,295."""
    return value.to_bytes(NUMBER_BYTES, "big")


def read_number(encoded: bytes) -> int:
    """The number whose 4 bytes big-endian are `encoded`."""
    return int.from_bytes(encoded, "big")


def length_prefixed(*parts: bytes) -> bytes:
    """All `parts` in order, each behind its length in bytes (4 bytes big-endian).

    Without the lengths, ("ab", "c") and ("a", "bc") would be the same bytes, and what was bound to the one would
    open under the other."""
    return b"".join(number(len(part)) + part for part in parts)
