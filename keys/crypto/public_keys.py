"""Public keys as text."""

import base64


def pem_of(public_key: bytes) -> str:
    """SubjectPublicKeyInfo DER as PEM (RFC 7468) with CRLF line ends, as the cloud sends it."""
    text = base64.b64encode(public_key).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\r\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
