"""What clients ask of the server itself, and of its mounts."""

from typing import Any

import msgspec
from django.utils import timezone

from console.access.caller import Caller
from console.access.request import Request
from keys import operations
from keys.calls import Call
from keys.models import KvMount
from keys.vault.dialect import Whole

VERSION = "1.13.0"
"""The edition of Vault's API that is spoken here."""
KV = {"type": "kv", "description": "", "options": {"version": "2"}}
TRANSIT = {"type": "transit", "description": "", "options": None}


class NothingRequest(msgspec.Struct, frozen=True):
    def wish(self, **_places: str) -> dict[str, Any]:
        return {}


class MountRequest(msgspec.Struct, frozen=True):
    def wish(self, name: str) -> dict[str, Any]:
        return {"path": name}


def nothing(_request: Request, _asked: object) -> None:
    """The server answers, so it is there."""


def health(_result: None) -> Whole:
    return Whole(
        initialized=True,
        sealed=False,
        standby=False,
        performance_standby=False,
        replication_performance_mode="disabled",
        replication_dr_mode="disabled",
        server_time_utc=int(timezone.now().timestamp()),
        version=VERSION,
    )


def seal_status(_result: None) -> Whole:
    return Whole(type="shamir", initialized=True, sealed=False, t=1, n=1, progress=0, nonce="", version=VERSION)


def find_mount(caller: Caller, *, path: str) -> KvMount | None:
    """A mount for whoever may decrypt what it holds; None for the transit engine, which is everybody's."""
    return None if path == "transit" else operations.get_mount(caller, path, call=Call.DECRYPT_DATAKEY)


def find_mount_of(caller: Caller, *, path: str) -> KvMount | None:
    """The same for the path of a value, or of a key."""
    return None if path.split("/", maxsplit=1)[0] == "transit" else operations.get_mount_of(caller, path)


def tuned(mount: KvMount | None) -> Whole:
    """MariaDB reads the options beside `data`, other clients within it."""
    options = {"version": "2"} if mount else None
    settings = {"options": options, "default_lease_ttl": 0, "max_lease_ttl": 0, "description": ""}
    return Whole(settings, data=settings)


def shown(mount: KvMount | None) -> dict[str, Any]:
    return {"path": "transit/", **TRANSIT} if mount is None else {"path": f"{mount.path}/", **KV}


def listed(mounts: list[KvMount]) -> Whole:
    found = {"transit/": TRANSIT, **{f"{mount.path}/": KV for mount in mounts}}
    return Whole(found, data=found)
