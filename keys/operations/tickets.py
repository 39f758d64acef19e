"""Import tokens and what they lead to: the wrapping key pair under which material may come for one key, for 24 hours.

A token is `format (1 byte) | key id (16) | time of its end in seconds since 1970 (8) | random (128)`: 204 characters of
Base64, of which clients ask 200 at least. Its key and its end stand in it only to tell why it is refused; what it is
good for is decided by the row that its digest finds.
"""

import base64
import hashlib
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from console.protection import root_key
from keys.crypto.errors import WrappedRejected
from keys.crypto.importing import WrappingKey
from keys.crypto.secrets import unwrap_secret, wrap_secret
from keys.errors import ImportDamaged, ImportNotBegun, ImportTokenExpired, ImportTokenInvalid, ImportTokenOfAnotherKey
from keys.models import ImportTicket, Key

logger = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)
FORMAT = b"\x01"
KEY_ID_BYTES, TIME_BYTES, RANDOM_BYTES = 16, 8, 128
_ID_END = len(FORMAT) + KEY_ID_BYTES
_TIME_END = _ID_END + TIME_BYTES
TOKEN_BYTES = _TIME_END + RANDOM_BYTES
PURPOSE = "import token"


def new_token(key_id: uuid.UUID) -> tuple[bytes, datetime]:
    """A new token for this key, and when it expires: at a whole second."""
    expires_at = (timezone.now() + LIFETIME).replace(microsecond=0)
    ends = int(expires_at.timestamp()).to_bytes(TIME_BYTES, "big")
    return FORMAT + key_id.bytes + ends + os.urandom(RANDOM_BYTES), expires_at


def ticket_of(key: Key, token: bytes, expires_at: datetime, wrapping_key: WrappingKey) -> ImportTicket:
    """The row that this token finds, not yet stored."""
    digest = _digest(token)
    return ImportTicket(
        key=key,
        token_digest=digest.hex(),
        wrapped_private_key=wrapping_key.wrap(root_key(), str(key.pk), digest),
        wrapped_token=wrap_secret(root_key(), base64.b64encode(token).decode(), PURPOSE, digest.hex()),
        root_key_version=root_key().version,
        expires_at=expires_at,
    )


def ticket_under_way(key: Key) -> ImportTicket:
    """The newest ticket of the key whose token is good still. Raises ImportNotBegun."""
    ticket = ImportTicket.objects.under_way().filter(key=key).first()
    if ticket is None:
        raise ImportNotBegun()
    return ticket


def token_of(ticket: ImportTicket) -> bytes:
    """The token that was handed out with this ticket, which is under way. Raises ImportDamaged."""
    assert ticket.wrapped_token is not None  # noqa: S101 - see `under_way`
    with damage_told(ticket.key_id):
        return base64.b64decode(unwrap_secret(root_key(), bytes(ticket.wrapped_token), PURPOSE, ticket.token_digest))


def wrapping_key_of(key: Key, token: bytes) -> WrappingKey:
    """The wrapping key pair that `token` was given with, for this key.

    Raises ImportTokenInvalid, ImportTokenOfAnotherKey, ImportTokenExpired, ImportDamaged."""
    if len(token) != TOKEN_BYTES or token[: len(FORMAT)] != FORMAT:
        raise ImportTokenInvalid()
    if token[len(FORMAT) : _ID_END] != key.pk.bytes:
        raise ImportTokenOfAnotherKey()
    digest = _digest(token)
    ticket = ImportTicket.objects.filter(key=key, token_digest=digest.hex()).first()
    if ticket is None:
        # Swept or never given: there is no telling, so the token is believed what it says of its own end.
        ends = int.from_bytes(token[_ID_END:_TIME_END], "big")
        raise ImportTokenExpired() if ends <= timezone.now().timestamp() else ImportTokenInvalid()
    if ticket.expires_at <= timezone.now():
        raise ImportTokenExpired()
    with damage_told(key.pk):
        return WrappingKey.unwrap(root_key(), bytes(ticket.wrapped_private_key), str(key.pk), digest)


@contextmanager
def damage_told(key_id: uuid.UUID) -> Iterator[None]:
    """Raises ImportDamaged where what the database holds of an import into this key does not open."""
    try:
        yield
    except WrappedRejected:
        logger.error("Key %s: what its import began with is damaged in the database, or of another key.", key_id)
        raise ImportDamaged() from None


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
