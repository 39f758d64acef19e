"""The versions of a key, as programs ask for them."""

import uuid
from datetime import datetime
from typing import NamedTuple

from console.access.caller import Caller
from keys.models import KeyVersion
from keys.operations.finding import KeyId
from keys.operations.listing import KeyDetails, describe_key
from keys.operations.rotation import VERSIONS_SHOWN


class MadeVersion(NamedTuple):
    """A version: its number, when it was made, and its public key (SubjectPublicKeyInfo DER) where it has one."""

    number: int
    made_at: datetime
    public_key: bytes | None


class DescribedVersions(NamedTuple):
    """A key and its versions, the oldest first."""

    key: KeyDetails
    versions: list[MadeVersion]


def describe_versions(caller: Caller, key_id: KeyId) -> DescribedVersions:
    """A key, and the newest of its versions whose material there is still. Raises what `describe_key` raises."""
    key = describe_key(caller, key_id)
    versions = KeyVersion.objects.filter(key=uuid.UUID(key.key_id), wrapped_material__isnull=False)
    found = list(versions.only("number", "created_at", "public_key").order_by("-number")[:VERSIONS_SHOWN])
    made = [MadeVersion(one.number, one.created_at, bytes(one.public_key) if one.public_key else None) for one in found]
    return DescribedVersions(key, made[::-1])
