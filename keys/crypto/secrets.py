"""Short secrets that the server must be able to read again, wrapped under the root key.

Access-key secrets, above all: whoever checks an HMAC signature needs the secret itself, a hash would not do.
"""

from functools import lru_cache

from cryptography.hazmat.primitives.constant_time import bytes_eq

from keys.crypto.keyring import Keyring
from keys.crypto.rootkey import AnyRootKey

SECRETS_KEPT = 1024
"""Secrets that are kept unwrapped in memory at most; each is found by its wrapped bytes alone."""


def wrap_secret(root_key: AnyRootKey, secret: str, purpose: str, owner: str) -> bytes:
    """`secret` under `root_key`, bound to what it is for and whose it is.

    `purpose` names the kind of secret ("access key"), `owner` the one row that it belongs to (the access key's id).
    The result is 33 bytes longer than the secret in UTF-8, so its length is no secret."""
    return root_key.wrap(secret.encode(), *_context(purpose, owner))


@lru_cache(maxsize=SECRETS_KEPT)
def unwrap_secret(root_key: AnyRootKey, wrapped: bytes, purpose: str, owner: str) -> str:
    """The secret that `wrap_secret` wrapped for this very purpose and owner.

    Raises WrappedRejected for anything that does not open."""
    return root_key.unwrap(wrapped, *_context(purpose, owner)).decode()


def is_same_secret(secret: str, shown: str) -> bool:
    """Whether `shown` is the secret, told in a time that says nothing of either but their lengths."""
    return bytes_eq(secret.encode(), shown.encode("utf-8", "replace"))


def rewrap_secret(keyring: Keyring, wrapped: bytes, purpose: str, owner: str) -> bytes:
    """What `wrap_secret` wrapped for this very purpose and owner, under the current root key.

    Raises WrappedRejected."""
    return keyring.rewrap(wrapped, *_context(purpose, owner))


def forget_secrets() -> None:
    """Drop all unwrapped secrets that are kept."""
    unwrap_secret.cache_clear()


def _context(purpose: str, owner: str) -> tuple[bytes, ...]:
    return b"secret", purpose.encode(), owner.encode()
