"""Finding keys: one by its id, and pages of them, newest first."""

from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.errors import KeyNotFound
from keys.models import Key, TaggedKey, check_usable
from keys.operations.finding import KeyId, find
from keys.operations.permitting import is_in_project_of

DIGITS = 18

PAGE_SIZES = (10, 20, 50)
LIST = Call.LIST_KEYS.action
TAGS = Prefetch("tagged", TaggedKey.objects.select_related("tag").order_by("id"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some keys, newest first, and the cursors of the pages around them (empty where there is none)."""

    keys: list[Key]
    before: str
    after: str


def get_key(caller: Caller, key_id: KeyId) -> Key:
    """The key of the caller's project with this id, its tags with it, which no grant shows.

    Raises NotPermitted, KeyIdInvalid, KeyNotFound."""
    with traced(caller, Call.DESCRIBE_KEY.trace) as trace:
        key = find(caller, trace, Call.DESCRIBE_KEY, key_id)
        if not is_in_project_of(caller, key):
            raise KeyNotFound()
        check_usable(key, Call.DESCRIBE_KEY)
        prefetch_related_objects([key], TAGS)
        return key


def list_keys(caller: Caller, *, size: int = 20, after: str = "", before: str = "") -> Page:
    """A page of the project's custom keys, newest first, with their tags.

    `after` and `before` are cursors of a Page: numbers of keys. An unreadable one means the first page. Raises
    NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(LIST)
        keys = Key.objects.visible_to(caller, LIST).filter(is_default=False).select_related("enterprise_project")
        start, backwards = _position(after), False
        if not start and (start := _position(before)):
            backwards = True
        if start:
            keys = keys.filter(**{"number__gt" if backwards else "number__lt": start})
        found = list(keys.order_by("number" if backwards else "-number").prefetch_related(TAGS)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_before, has_after = (more, True) if backwards else (bool(start), more)
    return Page(found, str(found[0].number) if has_before else "", str(found[-1].number) if has_after else "")


def _position(cursor: str) -> int:
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) <= DIGITS else 0
