"""The key under which each record of the trail is chained to the one before, and archives of records are sealed."""

import os
from typing import Self

from cryptography.hazmat.primitives.constant_time import bytes_eq

from keys.crypto.encoding import length_prefixed
from keys.crypto.errors import TrailBroken
from keys.crypto.opaque import Opaque
from keys.crypto.primitives import KEY_BYTES, hmac_sha256
from keys.crypto.rootkey import AnyRootKey

_CONTEXT = b"trail key"
_ARCHIVE = b"trace archive"  # in the place of a record's previous MAC, which has 32 bytes or none


class TrailKey(Opaque):
    """A random key of 256 bits of its own, so that rotating the root key leaves the MACs of the trail as they are."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> Self:
        """A new random trail key."""
        return cls(os.urandom(KEY_BYTES))

    def wrap(self, root_key: AnyRootKey) -> bytes:
        """This key under `root_key`."""
        return root_key.wrap(self._secret, _CONTEXT)

    @classmethod
    def unwrap(cls, root_key: AnyRootKey, wrapped: bytes) -> Self:
        """The trail key that `wrap` wrapped. Raises WrappedRejected for anything that does not open."""
        return cls(root_key.unwrap(wrapped, _CONTEXT))

    def mac(self, previous: bytes, record: bytes) -> bytes:
        """The 32-byte MAC of `record` behind the record whose MAC is `previous` (empty where a stream opens).

        HMAC-SHA-256 (RFC 2104) over both, each behind its length."""
        return hmac_sha256(self._secret, length_prefixed(previous, record))

    def verify(self, previous: bytes, record: bytes, mac: bytes) -> None:
        """Check in constant time that `mac` is what `mac()` makes of the two. Raises TrailBroken."""
        if not bytes_eq(self.mac(previous, record), mac):
            raise TrailBroken

    def seal(self, statement: bytes) -> bytes:
        """The 32-byte MAC of what is stated of an archive of records; it is no record's MAC, and none of them is one.

        HMAC-SHA-256 (RFC 2104) over the words `trace archive` and the statement, each behind its length."""
        return self.mac(_ARCHIVE, statement)

    def verify_seal(self, statement: bytes, seal: bytes) -> None:
        """Check in constant time that `seal` is what `seal()` makes of the statement. Raises TrailBroken."""
        self.verify(_ARCHIVE, statement, seal)
