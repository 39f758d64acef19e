"""Keys found by their tags and their alias: `resource_instances` of the API contract (4.5)."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.errors import (
    MatchKeyUnknown,
    MatchTwice,
    MatchValueInvalid,
    OffsetInvalid,
    OffsetNotNeeded,
    SearchActionUnknown,
    SearchLimitInvalid,
    TagConditionTwice,
    TooManyTagConditions,
    TooManyTagValues,
)
from keys.operations.listing import GREATEST_NUMBER, KeyDetails, count_where, select_where
from keys.operations.tags import TagPair
from keys.validators import ALIAS_LENGTH, validate_tag_key, validate_tag_value

FILTER, COUNT = "filter", "count"
DEFAULT_LIMIT, MOST_KEYS = 10, 1000
MOST_CONDITIONS = MOST_VALUES = 10
RESOURCE_NAME = "resource_name"

# By the index of the account's tags, then by that of a tag's keys: what it costs grows with the keys found alone.
_TAGGED = (
    "k.id IN (SELECT g.content_object_id FROM keys_tag t JOIN keys_taggedkey g ON g.tag_id = t.id "
    "WHERE t.account_id = %s AND t.key = %s{})"
)


class TagCondition(NamedTuple):
    """A tag key that a key must have, with one of these values; with any where none is named."""

    key: str
    values: tuple[str, ...] = ()


class FoundKeys(NamedTuple):
    """A page of keys with their tags (None where only the number was asked for), and how many there are in all."""

    keys: list[tuple[KeyDetails, list[TagPair]]] | None
    total: int


def find_keys(
    caller: Caller,
    *,
    action: str = FILTER,
    tags: Sequence[TagCondition] = (),
    matches: Sequence[tuple[str, str]] = (),
    limit: int | None = None,
    offset: int = 0,
) -> FoundKeys:
    """The custom keys of the caller's project that meet every condition, newest first; with `count` their number alone.

    `matches` are pairs of a field, `resource_name` alone, and its value: the whole alias. Raises NotPermitted,
    SearchActionUnknown, SearchLimitInvalid, OffsetInvalid, OffsetNotNeeded, tag errors, TooManyTagConditions,
    TooManyTagValues, TagConditionTwice, MatchKeyUnknown, MatchValueInvalid, MatchTwice."""
    call = Call.LIST_KEYS_BY_TAGS
    with traced(caller, call.trace):
        assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
        caller.require(call.action)
        limit = DEFAULT_LIMIT if limit is None else limit
        _check_page(action, limit, offset)
        _check_tags(tags)
        _check_matches(matches)
        condition, parameters = _condition(caller, tags, matches)
        if action == COUNT:
            return FoundKeys(None, count_where(caller.project, condition, parameters))
        found, total = select_where(caller.project, condition, parameters, limit=limit, offset=offset)
        by_key = _tags_of([key.key_id for key in found])
        return FoundKeys([(key, by_key.get(key.key_id, [])) for key in found], total)


def _check_page(action: str, limit: int, offset: int) -> None:
    if action not in {FILTER, COUNT}:
        raise SearchActionUnknown()
    if action == COUNT and offset:
        raise OffsetNotNeeded()
    if not 1 <= limit <= MOST_KEYS:
        raise SearchLimitInvalid()
    if not 0 <= offset <= GREATEST_NUMBER:
        raise OffsetInvalid()


def _check_tags(tags: Sequence[TagCondition]) -> None:
    if len(tags) > MOST_CONDITIONS:
        raise TooManyTagConditions(most=MOST_CONDITIONS)
    seen: set[str] = set()
    for tag in tags:
        validate_tag_key(tag.key)
        if len(tag.values) > MOST_VALUES:
            raise TooManyTagValues(most=MOST_VALUES)
        for value in tag.values:
            validate_tag_value(value)
        if tag.key in seen or len({*tag.values}) < len(tag.values):
            raise TagConditionTwice(key=tag.key)
        seen.add(tag.key)


def _check_matches(matches: Sequence[tuple[str, str]]) -> None:
    for field, value in matches:
        if field != RESOURCE_NAME:
            raise MatchKeyUnknown()
        if not 1 <= len(value) <= ALIAS_LENGTH or "\0" in value:
            raise MatchValueInvalid()
    if len(matches) > 1:
        raise MatchTwice()


def _condition(
    caller: Caller, tags: Sequence[TagCondition], matches: Sequence[tuple[str, str]]
) -> tuple[str, list[Any]]:
    """SQL for what is asked for among the keys that the caller may find this way, and its parameters."""
    where = ["NOT k.is_default"]
    parameters: list[Any] = []
    for tag in tags:
        where.append(_TAGGED.format(f" AND t.value IN ({_places(tag.values)})" if tag.values else ""))
        parameters += [caller.account.pk, tag.key, *tag.values]
    for _field, alias in matches:
        where.append("k.alias = %s")
        parameters.append(alias)
    scope = caller.scope(Call.LIST_KEYS_BY_TAGS.action)
    if scope is not None:
        where.append(f"k.enterprise_project_id IN ({_places(scope)})")
        parameters += sorted(scope)
    return " AND ".join(where), parameters


def _tags_of(key_ids: Sequence[str]) -> dict[str, list[TagPair]]:
    """The tags of these keys, in the order in which they came."""
    if not key_ids:
        return {}
    query = (
        "SELECT g.content_object_id, t.key, t.value FROM keys_taggedkey g JOIN keys_tag t ON t.id = g.tag_id "  # noqa: S608 - places for values alone
        f"WHERE g.content_object_id IN ({_places(key_ids)}) ORDER BY g.id"
    )
    by_key: dict[str, list[TagPair]] = {}
    for key_id, name, value in sql.Query(query).rows(*(sql.uuid_parameter(uuid.UUID(one)) for one in key_ids)):
        by_key.setdefault(sql.uuid_text(key_id), []).append(TagPair(name, value))
    return by_key


def _places(values: Sequence[Any] | set[int]) -> str:
    return ", ".join(["%s"] * len(values))
