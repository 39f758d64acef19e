"""The columns of key management that hold wrapped bytes, for a new root key."""

import uuid

from console.operations.rewrapping import Wrapped
from keys.crypto.importing import rewrap_check_value, rewrap_wrapping_key
from keys.crypto.keyring import Keyring
from keys.crypto.material import rewrap_material
from keys.crypto.secrets import rewrap_secret
from keys.models import ImportTicket, KeyVersion
from keys.operations.tickets import PURPOSE


def _material(keyring: Keyring, wrapped: bytes, key_id: uuid.UUID, number: int, spec: str) -> bytes:
    return rewrap_material(keyring, wrapped, str(key_id), number, spec)


def _check_value(keyring: Keyring, wrapped: bytes, key_id: uuid.UUID, number: int, spec: str) -> bytes:
    return rewrap_check_value(keyring, wrapped, str(key_id), number, spec)


def _wrapping_key(keyring: Keyring, wrapped: bytes, key_id: uuid.UUID, digest: str) -> bytes:
    return rewrap_wrapping_key(keyring, wrapped, str(key_id), bytes.fromhex(digest))


def _token(keyring: Keyring, wrapped: bytes, digest: str) -> bytes:
    return rewrap_secret(keyring, wrapped, PURPOSE, digest)


WRAPPED = (
    Wrapped(KeyVersion, "wrapped_material", ("key_id", "number", "key__key_spec"), _material),
    Wrapped(KeyVersion, "wrapped_check_value", ("key_id", "number", "key__key_spec"), _check_value),
    Wrapped(ImportTicket, "wrapped_private_key", ("key_id", "token_digest"), _wrapping_key),
    Wrapped(ImportTicket, "wrapped_token", ("token_digest",), _token),
)
