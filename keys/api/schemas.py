"""Requests as they come and answers as they go (API contract, 4.1); unknown fields are ignored."""

from typing import Any

import msgspec

from console.models.enterprise import DEFAULT_ID
from keys.models import Key
from keys.specs import DEFAULT_SPEC, KeyOrigin


class CreateKeyRequest(msgspec.Struct, frozen=True):
    key_alias: str
    key_spec: str | None = None
    key_usage: str | None = None
    key_description: str | None = None
    origin: str | None = None
    enterprise_project_id: str | None = None

    def wish(self) -> dict[str, Any]:
        """The arguments of `operations.create_key`."""
        return {
            "alias": self.key_alias,
            "key_spec": self.key_spec or DEFAULT_SPEC.name,
            "key_usage": self.key_usage or "",
            "description": self.key_description or "",
            "origin": self.origin or KeyOrigin.KMS,
            "enterprise_project": self.enterprise_project_id or DEFAULT_ID,
        }


class KeyRequest(msgspec.Struct, frozen=True):
    key_id: str


def created(key: Key) -> dict[str, Any]:
    project = key.project
    return {"key_info": {"key_id": str(key.pk), "domain_id": project.account_id, "region_id": project.region_id}}


def described(key: Key) -> dict[str, Any]:
    """KeyDetails: every value a string, dates in milliseconds."""
    project, enterprise_project = key.project, key.enterprise_project
    return {
        "key_info": {
            "key_id": str(key.pk),
            "domain_id": project.account_id,
            "key_alias": key.alias,
            "key_description": key.description,
            "realm": project.region_id,
            "key_spec": key.key_spec,
            "key_usage": key.key_usage,
            "key_state": str(key.state),
            "key_type": "1",
            "origin": key.origin,
            "default_key_flag": str(int(key.is_default)),
            "creation_date": str(int(key.created_at.timestamp() * 1000)),
            "scheduled_deletion_date": str(int(key.deletion_at.timestamp() * 1000)) if key.deletion_at else "",
            "pending_days": "",
            "expiration_time": "",
            "key_rotation_enabled": "false",
            "sys_enterprise_project_id": enterprise_project.eps_id if enterprise_project else DEFAULT_ID,
            "keystore_id": "0",
            "keystore_type": "DEFAULT",
            "multi_region_key_type": "SINGLE",
        }
    }
