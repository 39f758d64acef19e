"""A new root key in the place of the present one, while everybody goes on working.

The steps stand in the database, so whoever is interrupted begins again and goes on:

1. `announce`: there is a next version, and its name is in the Protection; serving processes see that and take it up;
2. `make_current`, once all of them have it: what is wrapped from then on is under it;
3. `rewrap_all` (rewrapping.py), until nothing is under an older one;
4. `finish`.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Process, Protection
from console.operations.accounts import account_of_the_server
from console.operations.rewrapping import count_by_version
from console.protection import provider, root_key
from keys.crypto.errors import RootKeyNotCreated
from keys.crypto.trail import TrailKey

ROTATE = "rotateRootKey"


class RotationElsewhere(RootKeyNotCreated):
    """The next version was made on another node, and its root key is not here yet."""


class OldVersionsNeeded(RootKeyNotCreated):
    """Older versions of the root key that can't be removed yet."""


def announce() -> Protection:
    """Begin a rotation, making the next version where there is none; or go on with the one that is under way.

    Raises RootKeyNotCreated, RotationElsewhere."""
    protection = Protection.objects.get()
    root_key().read_again()
    if protection.next_version is None:
        version = max(root_key().fingerprints)
        if version <= protection.root_key_version:
            version = protection.root_key_version + 1
            provider().add(version)
            root_key().read_again()
        protection.next_version, protection.next_fingerprint = version, root_key().fingerprints[version]
        unannounced = Protection.objects.filter(next_version=None, root_key_version=protection.root_key_version)
        if not unannounced.update(next_version=version, next_fingerprint=protection.next_fingerprint):
            return announce()  # another node was quicker
    elif not root_key().holds(protection.next_version, protection.next_fingerprint):
        raise RotationElsewhere(
            f"A rotation to version {protection.next_version} with the fingerprint {protection.next_fingerprint} is "
            f"under way, and that root key is not in {provider().place}: copy it from the node where it was made and "
            "run this command again, or give it up by --begin-anew."
        )
    return protection


def begin_anew() -> bool:
    """Forget a next version that is not current yet; whether there was one. The next `announce` takes the newest that
    is here, or makes another."""
    announced = Protection.objects.filter(next_version__gt=F("root_key_version"))
    return bool(announced.update(next_version=None, next_fingerprint=""))


def without(version: int, fingerprint: str) -> Sequence[Process]:
    """The serving processes that don't have this root key."""
    return [one for one in Process.objects.serving() if not one.has(version, fingerprint)]


def behind(version: int) -> Sequence[Process]:
    """The serving processes that wrap under an older version."""
    return list(Process.objects.serving().exclude(root_key_version=version))


def make_current(announced: Protection) -> bool:
    """Make the announced version the current one, and wrap the trail key under it; False where it was so already."""
    version, fingerprint = announced.next_version, announced.next_fingerprint
    assert version is not None  # noqa: S101 - it was announced
    if version == announced.root_key_version:
        return False
    account = account_of_the_server()
    if account is None:
        raise RootKeyNotCreated("This database has no account yet: start the server once.")
    with traced(Caller.server(account), ROTATE) as trace, transaction.atomic(durable=True):
        protection = Protection.objects.select_for_update().get()
        if protection.root_key_version != version:
            trace.detail = {"from": protection.root_key_version, "to": version, "fingerprint": fingerprint}
            trail_key = TrailKey.unwrap(root_key(), bytes(protection.wrapped_trail_key))
            root_key().use(version)
            protection.root_key_version, protection.root_key_fingerprint = version, fingerprint
            protection.wrapped_trail_key = trail_key.wrap(root_key())
            protection.save()
            trace.done()
    root_key().use(version)
    return True


def finish(version: int) -> None:
    """End the rotation to this version."""
    Protection.objects.filter(root_key_version=version, next_version=version).update(
        next_version=None, next_fingerprint=""
    )


def remove_old() -> Sequence[int]:
    """Destroy all older versions of the root key where this node keeps them; which ones.

    Raises OldVersionsNeeded where anything needs them, RootKeyNotCreated where they can't be removed."""
    protection = Protection.objects.get()
    current = protection.root_key_version
    if protection.next_version is not None:
        raise OldVersionsNeeded("A rotation of the root key is under way: run rotaterootkey to its end first.")
    if late := behind(current):
        raise OldVersionsNeeded(f"{late[0]} wraps under an older version still: try again in a minute, or restart it.")
    if needed := {version: count for version, count in count_by_version().items() if version != current}:
        told = ", ".join(f"{count} under version {version or 'unknown'}" for version, count in sorted(needed.items()))
        raise OldVersionsNeeded(
            f"The database has values that an older root key protects ({told}): run rotaterootkey again, and restore "
            "what it calls damaged from a backup."
        )
    old = sorted(version for version in provider().load() if version < current)
    if old:
        provider().remove(old)
    return old
