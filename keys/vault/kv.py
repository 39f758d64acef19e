"""Vault's key-value engine, version 2: secrets, and the keys of databases."""

from typing import Any

import msgspec

from keys.errors import NotOffered, ValueInvalid
from keys.models import KvVersion
from keys.operations.kv import MOST_VERSIONS, Value
from keys.vault.dialect import rfc3339, version_metadata

Wish = dict[str, Any]
GREATEST_VERSION = 2**31 - 1


def _checked(version: int) -> int:
    """One that no value has, where it is out of bounds."""
    return version if 0 <= version <= GREATEST_VERSION else GREATEST_VERSION


# What calls take


class ReadRequest(msgspec.Struct, frozen=True):
    version: int = 0

    def wish(self, mount: str, name: str) -> Wish:
        return {"path": mount, "name": name, "version": _checked(self.version)}


class Options(msgspec.Struct, frozen=True):
    cas: int | None = None


class WriteRequest(msgspec.Struct, frozen=True):
    data: msgspec.Raw
    options: Options | None = None

    def wish(self, mount: str, name: str) -> Wish:
        """The value is kept byte for byte as it came."""
        content = bytes(self.data)
        try:
            msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ValueInvalid() from None
        cas = self.options.cas if self.options else None
        return {"path": mount, "name": name, "content": content, "cas": cas}


class VersionsRequest(msgspec.Struct, frozen=True):
    versions: list[int]

    def wish(self, mount: str, name: str) -> Wish:
        return {"path": mount, "name": name, "versions": [_checked(one) for one in self.versions]}


class ValueRequest(msgspec.Struct, frozen=True):
    def wish(self, mount: str, name: str) -> Wish:
        return {"path": mount, "name": name}


class ListRequest(msgspec.Struct, frozen=True):
    def wish(self, mount: str, name: str = "") -> Wish:
        return {"path": mount, "prefix": f"{name}/" if name else ""}


class SettingsRequest(msgspec.Struct, frozen=True):
    """What a client may want of a value's versions: what is so anyway is taken, all else refused."""

    max_versions: int = 0
    cas_required: bool = False
    delete_version_after: str | int = "0s"
    custom_metadata: dict[str, str] | None = None

    def wish(self, mount: str, name: str) -> Wish:
        is_so = self.max_versions in {0, MOST_VERSIONS} and not self.cas_required and not self.custom_metadata
        if not is_so or str(self.delete_version_after) not in {"", "0", "0s"}:
            raise NotOffered()
        return {"path": mount, "name": name}


class MountRequest(msgspec.Struct, frozen=True):
    def wish(self, mount: str) -> Wish:
        return {"path": mount}


# What calls answer


def read(found: Value) -> dict[str, Any]:
    return {"data": msgspec.Raw(found.content), "metadata": version_metadata(found.version)}


def listed(names: list[str]) -> dict[str, Any]:
    return {"keys": names}


def metadata(versions: list[KvVersion]) -> dict[str, Any]:
    newest, oldest = versions[0], versions[-1]
    return {
        **settings(None),
        "created_time": rfc3339(oldest.created_at),
        "updated_time": rfc3339(newest.created_at),
        "current_version": newest.version,
        "oldest_version": oldest.version,
        "custom_metadata": None,
        "versions": {str(one.version): _brief(one) for one in versions},
    }


def settings(_mount: object) -> dict[str, Any]:
    return {"cas_required": False, "delete_version_after": "0s", "max_versions": MOST_VERSIONS}


def nothing(_result: object) -> None:
    return None


def _brief(version: KvVersion) -> dict[str, Any]:
    whole = version_metadata(version)
    return {name: whole[name] for name in ("created_time", "deletion_time", "destroyed")}
