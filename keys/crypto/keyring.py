"""The keyring: all versions of the root key, of which one wraps and each opens what it wrapped."""

from collections.abc import Collection, Mapping
from typing import Protocol

from keys.crypto.errors import RootKeyInvalid, WrappedRejected
from keys.crypto.rootkey import AnyRootKey, root_key_version_of


class Provider(Protocol):
    """Where the root key lies, and where its next versions are made."""

    @property
    def place(self) -> str:
        """Where that is, for people."""

    def load(self) -> Mapping[int, AnyRootKey]:
        """All versions, at least one. Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable."""

    def add(self, version: int) -> None:
        """Make a new root key of this version, random and safely kept when this returns. Raises RootKeyNotCreated."""

    def remove(self, versions: Collection[int]) -> None:
        """Destroy these versions, for good. Raises RootKeyNotCreated."""


class Keyring:
    """The versions that this process has read: it wraps under the current one, and opens wrapped bytes under the one
    that they name.

    Objects of it are shared by threads. A version that was read stays as it is until the process ends."""

    def __init__(self, provider: Provider) -> None:
        """All that `provider` has; the current version is the newest, until `use` says otherwise.

        Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable."""
        self._provider = provider
        self._keys = dict(provider.load())
        self._current = self._keys[max(self._keys)]

    @property
    def version(self) -> int:
        """The current version."""
        return self._current.version

    @property
    def fingerprint(self) -> str:
        """That of the current version."""
        return self._current.fingerprint

    @property
    def fingerprints(self) -> dict[int, str]:
        """Those of all versions."""
        return {version: key.fingerprint for version, key in sorted(self._keys.items())}

    def holds(self, version: int, fingerprint: str) -> bool:
        """Whether this version is here, and is this key."""
        return version in self._keys and self._keys[version].fingerprint == fingerprint

    def use(self, version: int) -> None:
        """Wrap under this version from now on, which is here."""
        self._current = self._keys[version]

    def read_again(self) -> None:
        """Take up the versions that are new.

        Raises RootKeyInvalid where one that is known became another key, and what the provider raises; then all is as
        it was."""
        found = self._provider.load()
        for version, key in found.items():
            if version in self._keys and not self.holds(version, key.fingerprint):
                raise RootKeyInvalid(
                    f"Version {version} of the root key in {self._provider.place} has the fingerprint "
                    f"{key.fingerprint}, but it had {self._keys[version].fingerprint} before: restore it."
                )
        self._keys = {**found, **self._keys}

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """`plaintext` encrypted under the current version and bound to `context`: 33 bytes longer."""
        return self._current.wrap(plaintext, *context)

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """The plaintext that `wrap` was given with this very `context`, under whichever version that is here.

        Raises WrappedRejected for anything else."""
        version = root_key_version_of(wrapped)
        if version not in self._keys:
            self.read_again()  # another process may have made it since
        key = self._keys.get(version)
        if key is None:
            raise WrappedRejected
        return key.unwrap(wrapped, *context)

    def rewrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """The same plaintext, for the same `context`, under the current version. Raises WrappedRejected."""
        return self.wrap(self.unwrap(wrapped, *context), *context)

    def __repr__(self) -> str:
        return f"<Keyring of versions {', '.join(map(str, self.fingerprints))}, current {self.version}>"
