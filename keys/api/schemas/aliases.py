"""Aliases of keys (API contract, 4.5)."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, number
from keys.errors import LimitInvalid
from keys.models import Alias
from keys.operations.aliases import AliasList
from keys.operations.listing import LONGEST_LIST

Wish = dict[str, Any]


class CreateAliasRequest(msgspec.Struct, frozen=True):
    key_id: str
    alias: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "alias": self.alias}


class AssociateAliasRequest(msgspec.Struct, frozen=True):
    alias: str
    target_key_id: str

    def wish(self) -> Wish:
        return {"alias": self.alias, "target_key_id": self.target_key_id}


class DeleteAliasRequest(msgspec.Struct, frozen=True):
    key_id: str
    aliases: list[str]

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "aliases": self.aliases}


class ListAliasesRequest(msgspec.Struct, frozen=True):
    key_id: str | None = None
    limit: Number | None = None
    marker: Number | None = None

    def wish(self) -> Wish:
        limit = number(self.limit, LimitInvalid)
        return {
            "key_id": self.key_id or None,
            "limit": LONGEST_LIST if limit is None else limit,
            "marker": "" if self.marker is None else str(self.marker),
        }


def alias(one: Alias) -> answers.AliasShown:
    return {
        "domain_id": one.account_id,
        "key_id": str(one.key_id),
        "alias": one.name,
        "alias_urn": one.urn,
        "create_time": _time(one.created_at),
        "update_time": _time(one.updated_at),
    }


def aliases(found: AliasList) -> answers.AliasesListed:
    return {
        "aliases": [alias(one) for one in found.aliases],
        "page_info": {"next_marker": found.next_marker, "current_count": len(found.aliases)},
    }


def nothing(_result: None) -> answers.Empty:
    return {}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
