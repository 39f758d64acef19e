"""Tags of keys (API contract, 4.4)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from keys.api import answers
from keys.models import Tag
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


def tags(found: Sequence[Tag]) -> answers.TagsListed:
    return {"tags": [{"key": tag.key, "value": tag.value} for tag in found], "existTagsNum": len(found)}


def project_tags(found: dict[str, list[str]]) -> answers.ProjectTagsListed:
    return {"tags": [{"key": key, "values": values} for key, values in found.items()]}


def nothing(_result: None) -> answers.Empty:
    return {}
