"""Where root keys lie: in a file, in a text such as the environment's, or in two places while they move."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from keys.crypto import keyfile
from keys.crypto.errors import RootKeyExists, RootKeyInvalid, RootKeyMissing, RootKeyNotCreated
from keys.crypto.keyring import Provider
from keys.crypto.keytext import FIRST_VERSION, read_keys, text_of
from keys.crypto.primitives import KEY_BYTES
from keys.crypto.rootkey import AnyRootKey, RootKey


class RootKeyFile:
    """A file of mode 0600 that holds the text form."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def place(self) -> str:
        return str(self.path)

    def load(self) -> dict[int, RootKey]:
        """Raises RootKeyMissing if there is none; RootKeyInvalid if it is unreadable, malformed, or open to others."""
        text = keyfile.read(self.path)
        try:
            return read_keys(text)
        except RootKeyInvalid as error:
            raise RootKeyInvalid(f"The root key file {self.path} can't be used. {error}") from None

    def add(self, version: int) -> None:
        """The first version makes the file; a later one is written beside those that are there.

        Raises RootKeyExists where there is this version, or for the first one anything; RootKeyNotCreated if the file
        can't be written."""
        new = {version: RootKey(os.urandom(KEY_BYTES), version)}
        if version == FIRST_VERSION:
            keyfile.create(self.path, text_of(new))
        else:
            self.put(new)

    def put(self, keys: Mapping[int, RootKey]) -> None:
        """Write these versions beside those that are there, or make the file of them.

        Raises RootKeyExists where there is one of them, RootKeyNotCreated."""
        try:
            present = self.load()
        except RootKeyMissing:
            keyfile.create(self.path, text_of(keys))
            return
        if same := {*keys} & {*present}:
            raise RootKeyExists(f"{self.path} has a root key of version {min(same)} already, and was left as it is.")
        keyfile.replace(self.path, text_of({**present, **keys}))

    def remove(self, versions: Collection[int]) -> None:
        """The file is deleted where it has no other. Raises RootKeyNotCreated."""
        if left := {version: key for version, key in self.load().items() if version not in versions}:
            keyfile.replace(self.path, text_of(left))
        else:
            self.path.unlink()


class RootKeyText:
    """The text form itself, given by the setting `name`: this process can't change it."""

    def __init__(self, name: str, text: str) -> None:
        self.place = name
        self._text = text

    def load(self) -> dict[int, RootKey]:
        """Raises RootKeyInvalid."""
        return read_keys(self._text)

    def add(self, version: int) -> None:
        """Raises RootKeyNotCreated, which says what to do."""
        raise RootKeyNotCreated(
            f"The root key is given by {self.place}, which this command can't change: make a new key by "
            f"`openssl rand -base64 32`, set {self.place} to the keys of both versions, as `1 <old>, {version} <new>`, "
            "restart every server with it, and run this command again with it."
        )

    def remove(self, versions: Collection[int]) -> None:
        """Raises RootKeyNotCreated, which says what to do."""
        raise RootKeyNotCreated(
            f"The root key is given by {self.place}, which this command can't change: take version "
            f"{', '.join(map(str, sorted(versions)))} out of it, and restart every server with what is left."
        )


class Moving:
    """Root keys in two places: those of `older` open what they wrapped, new ones are made in `newer`."""

    def __init__(self, newer: Provider, older: Provider) -> None:
        self._newer, self._older = newer, older

    @property
    def place(self) -> str:
        return self._newer.place

    def load(self) -> dict[int, AnyRootKey]:
        """Raises RootKeyMissing where neither has one, RootKeyInvalid where both have the same version."""
        newer, older = _present(self._newer), _present(self._older)
        if not newer and not older:
            return dict(self._newer.load())
        if same := {*newer} & {*older}:
            raise RootKeyInvalid(
                f"Version {min(same)} of the root key is in {self._newer.place} and in {self._older.place}: leave the "
                "one that protects the database."
            )
        return {**older, **newer}

    def add(self, version: int) -> None:
        self._newer.add(version)

    def remove(self, versions: Collection[int]) -> None:
        for place in (self._newer, self._older):
            if present := {*versions} & {*_present(place)}:
                place.remove(present)


def _present(provider: Provider) -> Mapping[int, AnyRootKey]:
    try:
        return provider.load()
    except RootKeyMissing:
        return {}
