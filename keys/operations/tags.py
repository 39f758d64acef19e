"""Tags of keys, written in bulk (taggit's own `add` takes twelve statements a tag)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import transaction

from console.access.caller import Caller
from console.access.trail import traced
from keys.errors import KmsError, TagKeyTwice, TooManyTags
from keys.models import Key, Tag, TaggedKey
from keys.validators import TAGS_PER_KEY, validate_tag_key, validate_tag_value

SUGGESTED = 50


class TagPair(NamedTuple):
    """A tag as typed: its key and its value."""

    key: str
    value: str


def tag_errors(tags: Sequence[TagPair]) -> Iterator[tuple[int, KmsError]]:
    """What is wrong with a list of tags: (position in the list, error)."""
    seen: set[str] = set()
    for position, tag in enumerate(tags):
        for validate, text in ((validate_tag_key, tag.key), (validate_tag_value, tag.value)):
            try:
                validate(text)
            except KmsError as error:
                yield position, error
        if tag.key in seen:
            yield position, TagKeyTwice(key=tag.key)
        seen.add(tag.key)


def check_tags(tags: Sequence[TagPair]) -> None:
    """Raise the first error of a list of tags; TooManyTags past 20."""
    for _position, error in tag_errors(tags):
        raise error
    if len(tags) > TAGS_PER_KEY:
        raise TooManyTags()


def write_tags(key: Key, tags: Sequence[TagPair]) -> None:
    """Put tags on a key within the caller's transaction; a tag key that it has already gets the new value."""
    if not tags:
        return
    account = key.project.account
    rows = [Tag(account=account, key=pair.key, value=pair.value) for pair in tags]
    for row in rows:
        row.fill_name()
    Tag.objects.bulk_create(rows, ignore_conflicts=True)
    wanted = Tag.objects.filter(account=account, key__in=[pair.key for pair in tags])
    by_pair = {(tag.key, tag.value): tag for tag in wanted.filter(value__in=[pair.value for pair in tags])}
    TaggedKey.objects.bulk_create(
        [TaggedKey(content_object=key, tag=by_pair[pair], tag_key=pair.key) for pair in tags],
        update_conflicts=True,
        unique_fields=["content_object", "tag_key"],
        update_fields=["tag"],
    )


def add_tags(caller: Caller, key: Key, tags: Sequence[TagPair]) -> None:
    """Add tags to a key, or give tag keys that it has another value.

    Raises NotPermitted, tag errors, TooManyTags, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, "dealUnifiedTags", key) as trace:
        caller.require("kms:cmkTag:create", within=key.enterprise_project_id)
        check_tags(tags)
        trace.detail = {"action": "create", "tag_keys": [pair.key for pair in tags]}
        with transaction.atomic(durable=True):
            key = Key.objects.locked(key.pk)
            key.check_changeable()
            present = set(TaggedKey.objects.filter(content_object=key).values_list("tag_key", flat=True))
            if len(present | {pair.key for pair in tags}) > TAGS_PER_KEY:
                raise TooManyTags()
            write_tags(key, tags)
            key.save(update_fields=["updated_at"])
            trace.done()


def delete_tag(caller: Caller, key: Key, tag_key: str) -> None:
    """Take a tag off a key; that it isn't there is no error. Raises NotPermitted, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, "dealUnifiedTags", key) as trace:
        caller.require("kms:cmkTag:delete", within=key.enterprise_project_id)
        trace.detail = {"action": "delete", "tag_keys": [tag_key]}
        with transaction.atomic(durable=True):
            key = Key.objects.locked(key.pk)
            key.check_changeable()
            TaggedKey.objects.filter(content_object=key, tag_key=tag_key).delete()
            key.save(update_fields=["updated_at"])
            trace.done()


def suggest_tags(caller: Caller, *, key: str = "") -> list[str]:
    """Tag keys that the account uses, or the values that it uses with tag key `key`; at most 50, in order."""
    with traced(caller, "listTags"):
        caller.require("kms:cmkTag:list")
    tags = Tag.objects.filter(account=caller.account)
    column = "value" if key else "key"
    if key:
        tags = tags.filter(key=key)
    return list(tags.order_by(column).values_list(column, flat=True).distinct()[:SUGGESTED])
