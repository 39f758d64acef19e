"""Tags of keys (API contract, 4.4)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, number
from keys.errors import OffsetInvalid, SearchLimitInvalid
from keys.models import Tag
from keys.operations.searching import FoundKeys, TagCondition
from keys.operations.tags import TagPair

Wish = dict[str, Any]


class TagField(msgspec.Struct, frozen=True):
    key: str
    value: str | None = None


class CreateTagRequest(msgspec.Struct, frozen=True):
    key_id: str
    tag: TagField

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "tags": [TagPair(self.tag.key, self.tag.value or "")]}


class BatchTagsRequest(msgspec.Struct, frozen=True):
    key_id: str
    action: str
    tags: list[TagField] = []

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "action": self.action, "tags": [(one.key, one.value) for one in self.tags]}


class DeleteTagRequest(msgspec.Struct, frozen=True):
    key_id: str
    key: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "tag_key": self.key}


class TagConditionField(msgspec.Struct, frozen=True):
    key: str = ""
    values: list[str] | None = None


class MatchField(msgspec.Struct, frozen=True):
    key: str = ""
    value: str | None = None


class FindKeysRequest(msgspec.Struct, frozen=True):
    action: str = ""
    tags: list[TagConditionField] | None = None
    matches: list[MatchField] | None = None
    limit: Number | None = None
    offset: Number | None = None

    def wish(self) -> Wish:
        return {
            "action": self.action,
            "tags": [TagCondition(one.key, tuple(one.values or ())) for one in self.tags or ()],
            "matches": [(one.key, one.value or "") for one in self.matches or ()],
            "limit": number(self.limit, SearchLimitInvalid),
            "offset": number(self.offset, OffsetInvalid) or 0,
        }


def tags(found: Sequence[Tag]) -> answers.TagsListed:
    return {"tags": [{"key": tag.key, "value": tag.value} for tag in found], "existTagsNum": len(found)}


def project_tags(found: dict[str, list[str]]) -> answers.ProjectTagsListed:
    return {"tags": [{"key": key, "values": values} for key, values in found.items()]}


def found_keys(found: FoundKeys) -> answers.KeysFound:
    if found.keys is None:
        return {"total_count": found.total}
    resources: list[answers.FoundKey] = [
        {
            "resource_id": key.key_id,
            "resource_name": key.key_alias,
            "resource_detail": key,
            "tags": [{"key": pair.key, "value": pair.value} for pair in tags],
        }
        for key, tags in found.keys
    ]
    return {"resources": resources, "total_count": found.total}


def nothing(_result: None) -> answers.Empty:
    return {}
