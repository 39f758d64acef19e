"""Tags of keys."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import msgspec

from keys import operations
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.calls import Call
from keys.models import Tag
from keys.operations.tags import TagPair


class TagField(msgspec.Struct, frozen=True, rename="pascal"):
    tag_key: str
    tag_value: str

    @property
    def pair(self) -> TagPair:
        return TagPair(self.tag_key, self.tag_value)


class TagResource(OfKey, frozen=True):
    call: ClassVar[Call] = Call.CREATE_TAG
    tags: list[TagField]

    def ask(self, place: Place) -> Asked:
        return partial(operations.add_tags, key_id=place.id_in(self.key_id), tags=[one.pair for one in self.tags])


class UntagResource(OfKey, frozen=True):
    call: ClassVar[Call] = Call.BATCH_TAGS
    tag_keys: list[str]

    def ask(self, place: Place) -> Asked:
        tags = [(one, None) for one in self.tag_keys]
        return partial(operations.change_tags, key_id=place.id_in(self.key_id), action="delete", tags=tags)


class ListResourceTags(OfKey, frozen=True):
    """All of a key's tags at once: there are 20 at the most."""

    call: ClassVar[Call] = Call.LIST_TAGS

    def ask(self, place: Place) -> Asked:
        return partial(operations.list_tags, key_id=place.id_in(self.key_id))

    def answer(self, _place: Place, made: Sequence[Tag]) -> Content:
        return {"Tags": [{"TagKey": tag.key, "TagValue": tag.value} for tag in made], "Truncated": False}


TAGS: list[type[Operation]] = [TagResource, UntagResource, ListResourceTags]
