"""Public keys, as text and as what the library works with."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

KEPT = 1024
"""Public keys that are kept parsed, at a kilobyte each; parsing one takes as long as a small call."""


@lru_cache(maxsize=KEPT)
def parse_public(public_key: bytes) -> PublicKeyTypes:
    """The key of SubjectPublicKeyInfo DER. Raises ValueError for anything else."""
    return load_der_public_key(public_key)


def pem_of(public_key: bytes) -> str:
    """SubjectPublicKeyInfo DER as PEM (RFC 7468) with CRLF line ends, as the cloud sends it."""
    text = base64.b64encode(public_key).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\r\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def der_of(pem: str) -> bytes:
    """The SubjectPublicKeyInfo DER of what `pem_of` wrote."""
    return base64.b64decode("".join(pem.split("\r\n")[1:-2]), validate=True)
