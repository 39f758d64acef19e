"""Values as they travel: numbers as such or as text, bytes in Base64 or hexadecimal, additional data in two forms."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from keys.crypto.additional import AdditionalData
from keys.errors import AdditionalDataInvalid, ContextInvalid, KmsError
from keys.validators import validate_additional_data

Number = int | str
MOST_DIGITS = 18
LONGEST_CONTEXT = 8192


def number(value: Number | None, error: type[KmsError]) -> int | None:
    """A whole number, 0 or more; None where nothing was sent, or the empty text. Raises `error` for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if not (value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS):
            raise error()
        value = int(value)
    if value < 0:
        raise error()
    return value


def from_base64(text: str, error: KmsError) -> bytes:
    """The bytes of standard, padded Base64. Raises `error` for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error from None


def to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def from_hex(text: str, error: KmsError) -> bytes:
    """The bytes of hexadecimal digits of either case; blanks between them don't count. Raises `error`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise error from None


def to_hex(content: bytes) -> str:
    """Upper-case digits, as the cloud answers."""
    return content.hex().upper()


def is_set(flag: bool | str | None, name: str) -> bool:
    """A flag that comes as `true` or as `"true"`."""
    if isinstance(flag, str):
        if flag.lower() not in {"true", "false", ""}:
            raise KmsError(text=f"{name} is true or false.")
        return flag.lower() == "true"
    return bool(flag)


def additional_data(text: str | None, context: Any) -> AdditionalData:
    """What a ciphertext is bound to: `additional_authenticated_data`, or the pairs of `encryption_context`.

    Raises AdditionalDataInvalid, ContextInvalid."""
    if context is not None:
        return _context(text, context)
    validate_additional_data(text or "")
    return text or None


def _context(text: str | None, context: Any) -> AdditionalData:
    if not isinstance(context, Mapping) or not all(isinstance(value, str) for value in context.values()):
        raise ContextInvalid()
    if sum(len(key) + len(value) for key, value in context.items()) > LONGEST_CONTEXT:
        raise ContextInvalid()
    if text and context:
        raise AdditionalDataInvalid(text=AdditionalDataInvalid.both)
    return context or text or None
