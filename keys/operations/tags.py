"""Tags of keys, written in bulk (taggit's own `add` takes twelve statements a tag)."""

import uuid
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import transaction

from console import sql
from console.access.caller import Caller
from console.access.trail import Tracing, traced
from keys.calls import Call
from keys.errors import KmsError, TagActionUnknown, TagKeyTwice, TagListEmpty, TooManyTags
from keys.models import Key, Tag, TaggedKey, check_usable
from keys.operations.finding import KeyId, find, lock
from keys.validators import TAGS_PER_KEY, validate_tag_key, validate_tag_value

SUGGESTED = 50
_OF_KEYS = (
    "SELECT o.content_object_id, t.key, t.value FROM keys_taggedkey o JOIN keys_tag t ON t.id = o.tag_id"
    " WHERE o.content_object_id IN ({}) ORDER BY o.id"
)
_KEYS_IN_USE = sql.Query(f"SELECT DISTINCT key FROM keys_tag WHERE account_id = %s ORDER BY key LIMIT {SUGGESTED}")  # noqa: S608 - a number of ours
_VALUES_IN_USE = sql.Query(
    f"SELECT DISTINCT value FROM keys_tag WHERE account_id = %s AND key = %s ORDER BY value LIMIT {SUGGESTED}"  # noqa: S608 - a number of ours
)


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
        [
            TaggedKey(
                content_object=key,
                tag=by_pair[pair],
                tag_key=pair.key,
                project_id=key.project_id,
                number=key.number,
            )
            for pair in tags
        ],
        update_conflicts=True,
        unique_fields=["content_object", "tag_key"],
        update_fields=["tag"],
    )


def add_tags(caller: Caller, key_id: KeyId, tags: Sequence[TagPair]) -> None:
    """Add tags to a key, or give tag keys that it has another value.

    Raises NotPermitted, KeyNotFound, tag errors, TooManyTags, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, Call.CREATE_TAG.trace) as trace:
        _add(find(caller, trace, Call.CREATE_TAG, key_id), tags, Call.CREATE_TAG, trace)


def delete_tag(caller: Caller, key_id: KeyId, tag_key: str) -> None:
    """Take a tag off a key; that it isn't there is no error.

    Raises NotPermitted, KeyNotFound, tag errors, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, Call.DELETE_TAG.trace) as trace:
        _take_off(find(caller, trace, Call.DELETE_TAG, key_id), [(tag_key, None)], Call.DELETE_TAG, trace)


def change_tags(caller: Caller, key_id: KeyId, action: str, tags: Sequence[tuple[str, str | None]]) -> None:
    """Add (`create`) or take off (`delete`) several tags at once, all or none; each is (tag key, value).

    A tag is taken off whatever its value where none is given. Raises TagActionUnknown, TagListEmpty and what
    `add_tags` raises."""
    with traced(caller, Call.BATCH_TAGS.trace) as trace:
        key = find(caller, trace, Call.BATCH_TAGS, key_id)
        if action not in {"create", "delete"}:
            raise TagActionUnknown()
        if not tags:
            raise TagListEmpty()
        if action == "create":
            _add(key, [TagPair(tag_key, value or "") for tag_key, value in tags], Call.BATCH_TAGS, trace)
        else:
            _take_off(key, tags, Call.BATCH_TAGS, trace)


def list_tags(caller: Caller, key_id: KeyId) -> list[Tag]:
    """The tags of a key, in the order in which they came. Raises NotPermitted, KeyNotFound."""
    with traced(caller, Call.LIST_TAGS.trace) as trace:
        key = find(caller, trace, Call.LIST_TAGS, key_id)
        check_usable(key, Call.LIST_TAGS)
        return [one.tag for one in TaggedKey.objects.filter(content_object=key).select_related("tag").order_by("id")]


def list_project_tags(caller: Caller) -> dict[str, list[str]]:
    """Every tag key in use in the caller's project with its values, both in order. Raises NotPermitted."""
    with traced(caller, Call.LIST_PROJECT_TAGS.trace):
        caller.require(Call.LIST_PROJECT_TAGS.action)
        keys = Key.objects.visible_to(caller, Call.LIST_PROJECT_TAGS.action)
        used = Tag.objects.filter(account=caller.account, tagged__content_object__in=keys)
        values: dict[str, list[str]] = {}
        for key, value in used.order_by("key", "value").values_list("key", "value").distinct():
            values.setdefault(key, []).append(value)
        return values


def suggest_tags(caller: Caller, *, key: str = "") -> list[str]:
    """Tag keys that the account uses, or the values that it uses with tag key `key`; at most 50, in order."""
    with traced(caller, Call.LIST_TAGS.trace):
        caller.require(Call.LIST_TAGS.action)
    account = caller.account.pk
    found = _VALUES_IN_USE.rows(account, key.replace("\0", "")) if key else _KEYS_IN_USE.rows(account)
    return [name for (name,) in found]


def tags_of(keys: Sequence[Key]) -> dict[uuid.UUID, list[TagPair]]:
    """The tags of each of these keys, in the order in which they came."""
    found: dict[uuid.UUID, list[TagPair]] = {key.pk: [] for key in keys}
    query = sql.Query(_OF_KEYS.format(sql.places(found)))
    for key_id, *tag in query.rows(*map(sql.uuid_parameter, found)) if found else ():
        found[sql.uuid_of(key_id)].append(TagPair(*tag))
    return found


def _add(key: Key, tags: Sequence[TagPair], call: Call, trace: Tracing) -> None:
    check_tags(tags)
    trace.detail = {"action": "create", "tag_keys": [pair.key for pair in tags]}
    with transaction.atomic(durable=True):
        key = lock(key, call)
        present = set(TaggedKey.objects.filter(content_object=key).values_list("tag_key", flat=True))
        if len(present | {pair.key for pair in tags}) > TAGS_PER_KEY:
            raise TooManyTags()
        write_tags(key, tags)
        key.save(update_fields=["updated_at"])
        trace.done()


def _take_off(key: Key, tags: Sequence[tuple[str, str | None]], call: Call, trace: Tracing) -> None:
    check_tags([TagPair(tag_key, value or "") for tag_key, value in tags])
    trace.detail = {"action": "delete", "tag_keys": [tag_key for tag_key, _value in tags]}
    with transaction.atomic(durable=True):
        key = lock(key, call)
        for tag_key, value in tags:
            present = TaggedKey.objects.filter(content_object=key, tag_key=tag_key)
            (present if value is None else present.filter(tag__value=value)).delete()
        key.save(update_fields=["updated_at"])
        trace.done()
