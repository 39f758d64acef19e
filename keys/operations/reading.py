"""Finding keys: one by its id, and pages of them, newest first."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from console.access.caller import Caller
from console.access.trail import traced
from keys.errors import KeyIdInvalid, KeyNotFound
from keys.models import Key, TaggedKey

PAGE_SIZES = (10, 20, 50)
LIST = "kms:cmk:list"
GET = "kms:cmk:get"
TAGS = Prefetch("tagged", TaggedKey.objects.select_related("tag").order_by("id"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some keys, newest first, and the cursors of the pages around them (empty where there is none)."""

    keys: list[Key]
    before: str
    after: str


def get_key(caller: Caller, key_id: str | uuid.UUID) -> Key:
    """The key of the caller's project with this id. Raises NotPermitted, KeyIdInvalid, KeyNotFound."""
    with traced(caller, "describeKey"):
        caller.require(GET)
        keys = Key.objects.visible_to(caller, GET).select_related("project__region", "enterprise_project")
        try:
            return keys.prefetch_related(TAGS).get(pk=uuid.UUID(str(key_id)))
        except ValueError:
            raise KeyIdInvalid() from None
        except Key.DoesNotExist:
            raise KeyNotFound() from None


def list_keys(caller: Caller, *, size: int = 20, after: str = "", before: str = "") -> Page:
    """A page of the project's custom keys, newest first, with their tags.

    `after` and `before` are cursors of a Page; an unreadable one means the first page. Raises NotPermitted."""
    with traced(caller, "listKeys"):
        caller.require(LIST)
        keys = Key.objects.visible_to(caller, LIST).filter(is_default=False).select_related("enterprise_project")
        start, backwards = _position(after), False
        if not start and (start := _position(before)):
            backwards = True
        if start:
            at, pk = start
            further = (
                Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)
                if backwards
                else Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)
            )
            # The plain bound beside the exact one is what the index is entered by.
            keys = keys.filter(further, **{"created_at__gte" if backwards else "created_at__lte": at})
        order = ("created_at", "pk") if backwards else ("-created_at", "-pk")
        found = list(keys.order_by(*order).prefetch_related(TAGS)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_before, has_after = (more, True) if backwards else (bool(start), more)
    return Page(found, _cursor(found[0]) if has_before else "", _cursor(found[-1]) if has_after else "")


def _cursor(key: Key) -> str:
    return f"{key.created_at.isoformat()}_{key.pk}"


def _position(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    at, _, pk = cursor.partition("_")
    try:
        return datetime.fromisoformat(at), uuid.UUID(pk)
    except ValueError:
        return None
