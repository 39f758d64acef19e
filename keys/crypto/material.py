"""Key material: made, held without showing it, and wrapped under the root key."""

import threading
from typing import Any, Final

from cachetools import LRUCache, cached

from keys.crypto.algorithms import ALGORITHMS, Algorithm, PrivateKey, Symmetric, algorithm_of, parse_trusted
from keys.crypto.encoding import number
from keys.crypto.keyring import Keyring
from keys.crypto.opaque import Opaque
from keys.crypto.rootkey import AnyRootKey

KEPT_BYTES = 16 << 20
"""The memory for unwrapped material: of 1,390 key versions of RSA_4096, or of 15,800 symmetric ones."""

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Material",
    "forget_unwrapped",
    "generate",
    "rewrap_material",
    "unwrap_material",
    "wrap_material",
]


class Material(Opaque):
    """The unwrapped key material of one key version.

    `spec` names its key spec; `public_key` is its public half as SubjectPublicKeyInfo DER, None if symmetric. The
    bytes themselves (the key if symmetric, else PKCS#8 DER) are for modules of this folder only."""

    __slots__ = ("_parsed", "_public", "spec")

    def __init__(self, spec: str, secret: bytes) -> None:
        """Of trusted bytes only (see `algorithms.parse_trusted`): elsewhere, `generate` and `unwrap_material` make it.

        Raises UnknownSpec."""
        super().__init__(secret)
        self.spec: Final = spec
        algorithm_of(spec)
        self._parsed: PrivateKey | None = None
        self._public: bytes | None = None

    @property
    def public_key(self) -> bytes | None:
        if self._public is None:
            self._public = algorithm_of(self.spec).public_half(self._secret)
        return self._public

    def _private_key(self) -> PrivateKey:
        if self._parsed is None:
            self._parsed = parse_trusted(self._secret)
        return self._parsed

    def __repr__(self) -> str:
        return f"<Material of {self.spec}>"


def generate(spec: str) -> Material:
    """New random material of `spec`. RSA takes its time (4096 bits: up to seconds), so call it before any lock.

    Raises UnknownSpec."""
    return Material(spec, algorithm_of(spec).generate())


def wrap_material(root_key: AnyRootKey, material: Material, key_id: str, version: int) -> bytes:
    """`material` under `root_key`, bound to its spec, the key `key_id` and its key version `version`.

    Raises OverflowError for a version outside 0 to 2^32 - 1."""
    return root_key.wrap(material._secret, *_context(key_id, version, material.spec))


def rewrap_material(keyring: Keyring, wrapped: bytes, key_id: str, version: int, spec: str) -> bytes:
    """What `wrap_material` wrapped for this very key, key version and spec, under the current root key.

    Raises WrappedRejected for anything that does not open."""
    return keyring.rewrap(wrapped, *_context(key_id, version, spec))


def _weight(material: Material) -> int:
    """Bytes that a kept material takes at most, measured: with its entry, and a private key parsed and used."""
    own = len(material._secret)
    return 1024 + own if isinstance(algorithm_of(material.spec), Symmetric) else 2560 + 4 * own


_kept: "LRUCache[tuple[Any, ...], Material]" = LRUCache(KEPT_BYTES, getsizeof=_weight)
_turn = threading.Lock()


@cached(_kept, lock=_turn, info=True)
def unwrap_material(root_key: AnyRootKey, wrapped: bytes, key_id: str, version: int, spec: str) -> Material:
    """The material that `wrap_material` wrapped for this very key, key version and spec.

    What was unwrapped lately is kept, with its parsed private key: parsing an RSA key and its first signature take
    0.4 ms more. Whoever asks shows the wrapped bytes again, so nothing is found that the database no longer holds.

    Raises UnknownSpec, and WrappedRejected for anything that does not open."""
    algorithm_of(spec)
    return Material(spec, root_key.unwrap(wrapped, *_context(key_id, version, spec)))


def forget_unwrapped(key_id: str = "") -> None:
    """Drop the unwrapped material that is kept: that of one key, whose versions changed, or all of it, now and then."""
    with _turn:
        for place in list(_kept):
            if not key_id or key_id in place:
                del _kept[place]


def _context(key_id: str, version: int, spec: str) -> tuple[bytes, ...]:
    return b"material", key_id.encode(), number(version), spec.encode()
