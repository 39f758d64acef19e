"""The lines of the key list as HTML. Each is made once from what it shows: most of a page was on it a moment ago."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from console.models import EnterpriseProject
from console.times import near_text
from console.views.pages import icons
from keys.models import Key
from keys.operations.tags import TagPair
from keys.views.batch import acts_for
from keys.views.rows import key_row

KEPT = 2_000
"""Lines of 2 KB."""
READ = ("id", "alias", "key_spec", "key_usage", "origin", "state", "is_default", "created_at", "deletion_at")
"""What a line reads of its key, its enterprise project's name aside."""
_read = attrgetter(*READ)


def lines_of(
    keys: Iterable[Key],
    list_address: str,
    columns: tuple[str, ...],
    *,
    new_id: str,
    tags: Mapping[uuid.UUID, Sequence[TagPair]],
    used: Mapping[uuid.UUID, datetime],
    protected: Collection[uuid.UUID],
    imports: Mapping[uuid.UUID, datetime],
) -> SafeString:
    """The keys' lines with the columns that are shown, for the reader's language and time zone: HTML.

    `used` says when each was last used, `protected` which are protected from deletion, `imports` until when an import
    can be taken up again."""
    reader = (get_language(), timezone.get_current_timezone_name(), list_address, columns)
    lines = (
        _line(
            *reader,
            _read(key),
            key.enterprise_project.name if key.enterprise_project else None,
            str(key.pk) == new_id,
            key.pk in protected,
            tuple(tags[key.pk]),
            used.get(key.pk),
            near_text(used[key.pk]) if key.pk in used else "",
            near_text(imports[key.pk]) if key.pk in imports else "",
        )
        for key in keys
    )
    return mark_safe("".join(lines))  # noqa: S308 - rendered by a template, each


@lru_cache(maxsize=KEPT)
def _line(
    _language: str,
    _zone: str,
    list_address: str,
    columns: tuple[str, ...],
    read: tuple[Any, ...],
    enterprise_project: str | None,
    is_new: bool,
    is_protected: bool,
    tags: tuple[TagPair, ...],
    used: datetime | None,
    used_text: str,
    token_left: str,
) -> str:
    """All that the line shows is an argument, so that nothing older is ever shown: the key is made anew of what is
    read of it."""
    key = Key(**dict(zip(READ, read, strict=True)))
    if enterprise_project is not None:
        key.enterprise_project = EnterpriseProject(name=enterprise_project)
    row = key_row(
        key, list_address, is_new=is_new, tags=tags, used=used, used_text=used_text, token_left=token_left
    ) | {"is_protected": is_protected, "acts": "" if key.is_default else acts_for(key)}
    shown = {"row": row, "columns": columns, "list_address": list_address, "is_default": key.is_default}
    return get_template("keys/list_row.html").render(shown | {"icons": icons()})
