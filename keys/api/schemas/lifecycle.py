"""Keys themselves: made, listed, described, enabled, disabled, deleted, renamed (API contract, 4.1)."""

from typing import Any

import msgspec

from console.models.enterprise import DEFAULT_ID
from keys.api import answers
from keys.api.values import Number, number
from keys.errors import KeyStateUnknown, LimitInvalid, MarkerInvalid, PendingDaysOutOfRange
from keys.models import Key
from keys.operations.listing import ALL_ENTERPRISE_PROJECTS, LONGEST_LIST, KeyDetails, KeyList, Quotas
from keys.specs import DEFAULT_SPEC, KeyOrigin

Wish = dict[str, Any]


class CreateKeyRequest(msgspec.Struct, frozen=True):
    key_alias: str
    key_spec: str | None = None
    key_usage: str | None = None
    key_description: str | None = None
    origin: str | None = None
    enterprise_project_id: str | None = None

    def wish(self) -> Wish:
        return {
            "alias": self.key_alias,
            "key_spec": self.key_spec or DEFAULT_SPEC.name,
            "key_usage": self.key_usage or "",
            "description": self.key_description or "",
            "origin": self.origin or KeyOrigin.KMS,
            "enterprise_project": self.enterprise_project_id or DEFAULT_ID,
        }


class NothingRequest(msgspec.Struct, frozen=True):
    def wish(self) -> Wish:
        return {}


class KeyRequest(msgspec.Struct, frozen=True):
    key_id: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id}


class ListKeysRequest(msgspec.Struct, frozen=True):
    limit: Number | None = None
    marker: Number | None = None
    key_state: Number | None = None
    key_spec: str | None = None
    enterprise_project_id: str | None = None

    def wish(self) -> Wish:
        limit = number(self.limit, LimitInvalid)
        return {
            "limit": LONGEST_LIST if limit is None else limit,
            "marker": number(self.marker, MarkerInvalid) or 0,
            "state": number(self.key_state, KeyStateUnknown),
            "spec": self.key_spec or DEFAULT_SPEC.name,
            "enterprise_project": self.enterprise_project_id or ALL_ENTERPRISE_PROJECTS,
        }


class ScheduleKeyDeletionRequest(msgspec.Struct, frozen=True):
    key_id: str
    pending_days: Number

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "days": number(self.pending_days, PendingDaysOutOfRange) or 0}


class UpdateAliasRequest(msgspec.Struct, frozen=True):
    key_id: str
    key_alias: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "alias": self.key_alias}


class UpdateDescriptionRequest(msgspec.Struct, frozen=True):
    key_id: str
    key_description: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "description": self.key_description}


class MigrateResourceRequest(msgspec.Struct, frozen=True):
    enterprise_project_id: str
    project_id: str
    resource_id: str
    resource_type: str

    def wish(self) -> Wish:
        return {
            "key_id": self.resource_id,
            "project_id": self.project_id,
            "enterprise_project": self.enterprise_project_id,
            "resource_type": self.resource_type,
        }


def created(key: Key) -> answers.KeyCreated:
    project = key.project
    return {"key_info": {"key_id": str(key.pk), "domain_id": project.account_id, "region_id": project.region_id}}


def described(key: KeyDetails) -> answers.KeyDescribed:
    return {"key_info": key}


def listed(found: KeyList) -> answers.KeysListed:
    return {
        "keys": [key.key_id for key in found.keys],
        "key_details": found.keys,
        "next_marker": str(found.next_marker or ""),
        "truncated": "true" if found.next_marker else "false",
        "total": found.total,
    }


def with_state(key: Key) -> answers.KeyStateInfo:
    return {"key_id": str(key.pk), "key_state": str(int(key.state))}


def with_state_in_info(key: Key) -> answers.KeyStateChanged:
    return {"key_info": with_state(key)}


def with_alias(key: Key) -> answers.KeyRenamed:
    return {"key_info": {"key_id": str(key.pk), "key_alias": key.alias}}


def with_description(key: Key) -> answers.KeyRedescribed:
    return {"key_info": {"key_id": str(key.pk), "key_description": key.description}}


def nothing(_key: Key) -> answers.Empty:
    return {}


def instances(count: int) -> answers.Instances:
    return {"instance_num": count}


def quotas(found: Quotas) -> answers.QuotasShown:
    return {
        "quotas": {
            "resources": [
                {"type": "CMK", "used": found.keys_used, "quota": found.keys_allowed},
                {"type": "grant_per_CMK", "used": found.grants_used, "quota": found.grants_allowed},
            ]
        }
    }
