"""What a ciphertext says of itself: under which key and version it is, without opening it."""

from datetime import datetime
from typing import NamedTuple

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.crypto.sealing import OVERHEAD, Purpose
from keys.models import Key
from keys.operations.data import header_of


class Recognized(NamedTuple):
    """What a ciphertext names: nothing proves it before it is opened.

    `made_at` is when the version was made, None where the key has no such version; `has_material` whether it opens
    still; `length` the bytes of what it holds."""

    key: Key
    purpose: Purpose
    version: int
    made_at: datetime | None
    has_material: bool
    length: int


def recognize(caller: Caller, ciphertext: bytes) -> Recognized | None:
    """The key of the caller's project that a ciphertext names; None for whatever else it is, so that nothing is told of
    keys elsewhere. Raises NotPermitted."""
    with traced(caller, Call.DESCRIBE_KEY.trace):
        caller.require(Call.DESCRIBE_KEY.action)
        header = header_of(ciphertext)
        if header is None:
            return None
        keys = Key.objects.visible_to(caller, Call.DESCRIBE_KEY.action)
        key = keys.filter(pk=header.key_id).first()
        if key is None:
            return None
        version = key.versions.filter(number=header.key_version).first()
    return Recognized(
        key,
        header.purpose,
        header.key_version,
        version.created_at if version else None,
        bool(version and version.wrapped_material) and not key.has_expired,
        len(ciphertext) - OVERHEAD,
    )
