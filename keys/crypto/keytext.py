"""The text form of root keys, which their file and the environment share. Its rules are in `docs/key-hierarchy.md`."""

import re
from collections.abc import Iterable, Mapping

from keys.crypto.errors import RootKeyInvalid
from keys.crypto.rootkey import RootKey

FIRST_VERSION = 1
_ENTRY = re.compile(r"(?:([1-9][0-9]{0,9})[ \t]+)?(\S+)", re.ASCII)
_SEPARATORS = re.compile(r"[\r\n,]")


def read_keys(text: str) -> dict[int, RootKey]:
    """The root keys of a text, by version: each is `version base64`, in a line of its own or behind a comma; bare
    base64 is version 1.

    Raises RootKeyInvalid for anything else, for a version that stands there twice, and for one key under two."""
    keys: dict[int, RootKey] = {}
    for entry in filter(None, (one.strip() for one in _SEPARATORS.split(text))):
        found = _ENTRY.fullmatch(entry)
        version = int(found[1] or FIRST_VERSION) if found else FIRST_VERSION
        key = RootKey.from_text(found[2] if found else "", version)
        if version in keys:
            raise RootKeyInvalid(f"Version {version} of the root key is there twice: leave the right one.")
        if (same := _version_of(key, keys.values())) is not None:
            raise RootKeyInvalid(
                f"Versions {same} and {version} of the root key are the same key: leave the right one."
            )
        keys[version] = key
    if not keys:
        RootKey.from_text("")  # says what is malformed
    return keys


def text_of(keys: Mapping[int, RootKey]) -> str:
    """The text that `read_keys` reads so: version 1 alone is bare."""
    if {*keys} == {FIRST_VERSION}:
        return f"{keys[FIRST_VERSION]._text()}\n"
    return "".join(f"{version} {keys[version]._text()}\n" for version in sorted(keys))


def _version_of(key: RootKey, among: Iterable[RootKey]) -> int | None:
    return next((one.version for one in among if one.fingerprint == key.fingerprint), None)
