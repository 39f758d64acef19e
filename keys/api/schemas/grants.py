"""Grants of keys (API contract, 4.5)."""

from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, number
from keys.errors import LimitInvalid
from keys.models import Grant, GranteeType
from keys.operations.grants import GrantList
from keys.validators import GRANTS_PER_KEY

Wish = dict[str, Any]


class CreateGrantRequest(msgspec.Struct, frozen=True):
    key_id: str
    grantee_principal: str
    operations: list[str]
    name: str | None = None
    retiring_principal: str | None = None
    grantee_principal_type: str | None = None

    def wish(self) -> Wish:
        return {
            "key_id": self.key_id,
            "grantee": self.grantee_principal,
            "operations": self.operations,
            "grantee_type": self.grantee_principal_type or GranteeType.USER,
            "name": self.name or "",
            "retiring_user": self.retiring_principal or "",
        }


class GrantRequest(msgspec.Struct, frozen=True):
    key_id: str
    grant_id: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "grant_id": self.grant_id}


class ListRetirableGrantsRequest(msgspec.Struct, frozen=True):
    limit: Number | None = None
    marker: Number | None = None

    def wish(self) -> Wish:
        return _page(self.limit, self.marker)


class ListGrantsRequest(msgspec.Struct, frozen=True):
    key_id: str
    limit: Number | None = None
    marker: Number | None = None

    def wish(self) -> Wish:
        return {"key_id": self.key_id, **_page(self.limit, self.marker)}


def created(grant: Grant) -> answers.GrantCreated:
    return {"grant_id": grant.pk}


def listed(found: GrantList) -> answers.GrantsListed:
    return {
        "grants": [_shown(one) for one in found.grants],
        "next_marker": found.next_marker,
        "truncated": "true" if found.next_marker else "false",
        "total": found.total,
    }


def nothing(_result: None) -> answers.Empty:
    return {}


def _shown(grant: Grant) -> answers.GrantShown:
    return {
        "key_id": str(grant.key_id),
        "grant_id": grant.pk,
        "grantee_principal": grant.grantee_id,
        "grantee_principal_type": str(grant.grantee_type),
        "operations": grant.operations,
        "issuing_principal": grant.issuer_id or "",
        "creation_date": str(int(grant.created_at.timestamp() * 1000)),
        "name": grant.name,
        "retiring_principal": grant.retiring_user_id or "",
    }


def _page(limit: Number | None, marker: Number | None) -> Wish:
    wanted = number(limit, LimitInvalid)
    return {
        "limit": GRANTS_PER_KEY if wanted is None else wanted,
        "marker": "" if marker is None else str(marker),
    }
