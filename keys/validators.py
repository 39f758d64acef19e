"""Field rules of keys and tags: characters and lengths, each written once (console contract, 'Create Key', 'Tags')."""

import re
import unicodedata
from collections.abc import Collection

from keys.errors import (
    AdditionalDataInvalid,
    AliasInvalid,
    AliasNameInvalid,
    DescriptionInvalid,
    GrantNameInvalid,
    GrantOfCreateGrantAlone,
    MountPathInvalid,
    OperationUnknown,
    ProtectionReasonInvalid,
    TagKeyInvalid,
    TagKeyLength,
    TagKeyReserved,
    TagValueInvalid,
    TagValueLength,
    ValueNameInvalid,
)
from keys.grantable import CREATE_GRANT, GRANTABLE

ALIAS_LENGTH = DESCRIPTION_LENGTH = TAG_VALUE_LENGTH = PROTECTION_REASON_LENGTH = 255
ADDITIONAL_DATA_BYTES = 128
TAG_KEY_LENGTH = 128
TAGS_PER_KEY = 20
ALIASES_PER_KEY = 50
GRANTS_PER_KEY = 100
ALIAS_START = "alias/"
MOUNT_PATH_LENGTH, VALUE_NAME_LENGTH = 120, 255
MOUNT_VERBS = ("data", "metadata", "delete", "undelete", "destroy", "config", "subkeys", "tune")
"""The words of an address between a mount and a value, so that either is told from the other without asking."""
OTHER_MOUNTS = ("transit", "sys", "auth", "cubbyhole", "identity")
TAG_MARKS = set("_.:/+-@ ")


def validate_alias(alias: str) -> None:
    """1 to 255 ASCII letters, digits and `_ - : /`, the whole string."""
    if not re.fullmatch(rf"[a-zA-Z0-9:/_-]{{1,{ALIAS_LENGTH}}}", alias):
        raise AliasInvalid()


def validate_alias_name(name: str) -> None:
    """`alias/` and more of the characters of an alias, up to 255 in all."""
    if not re.fullmatch(rf"{ALIAS_START}[a-zA-Z0-9:/_-]{{1,{ALIAS_LENGTH - len(ALIAS_START)}}}", name):
        raise AliasNameInvalid()


def validate_description(description: str) -> None:
    """Up to 255 characters of any text but NUL, which PostgreSQL can't store."""
    if len(description) > DESCRIPTION_LENGTH:
        raise DescriptionInvalid(length=len(description))
    if "\0" in description:
        raise DescriptionInvalid(text=DescriptionInvalid.no_nul)


def validate_protection_reason(reason: str) -> None:
    """1 to 255 characters of any text but NUL, and not spaces alone."""
    if not reason.strip() or len(reason) > PROTECTION_REASON_LENGTH or "\0" in reason:
        raise ProtectionReasonInvalid()


def validate_grant_name(name: str) -> None:
    """The characters of an alias, or nothing."""
    if not re.fullmatch(rf"[a-zA-Z0-9:/_-]{{0,{ALIAS_LENGTH}}}", name):
        raise GrantNameInvalid()


def validate_operations(operations: Collection[str]) -> None:
    """Known operations, at least one, and never create-grant alone: there would be nothing to pass on."""
    if not operations or not GRANTABLE.keys() >= {*operations}:
        raise OperationUnknown(operations=", ".join(GRANTABLE))
    if {*operations} == {CREATE_GRANT}:
        raise GrantOfCreateGrantAlone()


def validate_additional_data(text: str) -> None:
    """Up to 128 bytes of UTF-8."""
    if len(text.encode()) > ADDITIONAL_DATA_BYTES:
        raise AdditionalDataInvalid()


def validate_mount_path(path: str) -> None:
    """1 to 120 ASCII letters, digits and `_ - .` between single slashes; none of the words of an address among them."""
    parts = path.split("/")
    is_plain = len(path) <= MOUNT_PATH_LENGTH and all(re.fullmatch(r"[a-zA-Z0-9_.-]+", part) for part in parts)
    if not is_plain or not {*parts}.isdisjoint((*MOUNT_VERBS, ".", "..")) or parts[0] in OTHER_MOUNTS:
        raise MountPathInvalid(words=", ".join(MOUNT_VERBS), reserved=", ".join(OTHER_MOUNTS))


def validate_value_name(name: str) -> None:
    """1 to 255 characters without control characters, and something between slashes."""
    if not all(name.split("/")) or len(name) > VALUE_NAME_LENGTH or not name.isprintable():
        raise ValueNameInvalid()


def validate_tag_key(key: str) -> None:
    """1 to 128 letters and digits of any script, spaces inside, and `_ . : / + - @`; `_sys_` is reserved."""
    if not 1 <= len(key) <= TAG_KEY_LENGTH:
        raise TagKeyLength()
    if key.startswith("_sys_"):
        raise TagKeyReserved()
    if not _is_tag_text(key):
        raise TagKeyInvalid()


def validate_tag_value(value: str) -> None:
    """Up to 255 of the characters of a tag key."""
    if len(value) > TAG_VALUE_LENGTH:
        raise TagValueLength()
    if not _is_tag_text(value):
        raise TagValueInvalid()


def _is_tag_text(text: str) -> bool:
    return text == text.strip(" ") and all(_is_tag_character(one) for one in text)


def _is_tag_character(character: str) -> bool:
    return character in TAG_MARKS or character.isdecimal() or unicodedata.category(character)[0] in "LM"
