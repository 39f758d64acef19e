"""Pieces of text that several sentences need, and what a text may be."""

import uuid
from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(items: Iterable[object]) -> str:
    """The items one after the other, separated as the language does it."""
    return pgettext("between fields", ", ").join(str(item) for item in items)


def uuid_of(text: str) -> uuid.UUID | None:
    """The UUID that a text is, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
