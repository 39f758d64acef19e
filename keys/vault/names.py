"""How keys, contexts and ciphertexts are written in Vault's API."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from console.api.errors import ParameterInvalid
from keys.api.values import additional_data, from_base64, to_base64
from keys.crypto.additional import AdditionalData
from keys.errors import AdditionalDataInvalid, CiphertextInvalid
from keys.operations.data import header_of
from keys.operations.finding import WELL_FORMED
from keys.specs import DEFAULT_KEYS
from keys.validators import ALIAS_START

CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):(.+)", re.DOTALL)
RAW: Final = "vault:context"
"""What a context that is no text is bound as: a pair of this name."""


def key_id_of(name: str) -> str:
    """A key's id, or the name of a default key (`obs/default`), as it is; any other name is an alias, with or without
    `alias/` before it."""
    if name in DEFAULT_KEYS or name.startswith(ALIAS_START) or WELL_FORMED.fullmatch(name):
        return name
    return f"{ALIAS_START}{name}"


def bound_to(context: str, associated_data: str = "") -> AdditionalData:
    """What a ciphertext is bound to, from `context` or `associated_data` (Base64): the pairs of a JSON object of texts,
    else a text, else the bytes. The same on both ways. Raises AdditionalDataInvalid, ContextInvalid,
    ParameterInvalid."""
    if context and associated_data:
        raise AdditionalDataInvalid(text=AdditionalDataInvalid.both)
    content = bytes_of(context or associated_data, "context")
    if content.startswith(b"{") and (pairs := _pairs(content)) is not None:
        return additional_data(None, pairs)
    try:
        return additional_data(content.decode(), None)
    except UnicodeDecodeError:
        return additional_data(None, {RAW: to_base64(content)})


def bytes_of(text: str, field: str) -> bytes:
    """What a field holds in Base64. Raises ParameterInvalid."""
    return from_base64(text, ParameterInvalid(problem=f"{field} is not Base64."))


def written(ciphertext: bytes) -> str:
    """A ciphertext with the version of the key that it is under."""
    return f"vault:v{version_of(ciphertext)}:{to_base64(ciphertext)}"


def version_of(ciphertext: bytes) -> int:
    """The version of the key, which ciphertexts under symmetric keys say; RSA keys have but one."""
    header = header_of(ciphertext)
    return header.key_version if header else 1


def ciphertext_of(text: str) -> bytes:
    """The ciphertext that `written` wrote. Raises CiphertextInvalid."""
    match = CIPHERTEXT.fullmatch(text)
    if match is None:
        raise CiphertextInvalid()
    ciphertext = from_base64(match[2], CiphertextInvalid())
    if version_of(ciphertext) != int(match[1]):
        raise CiphertextInvalid()
    return ciphertext


def _pairs(content: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        return None
