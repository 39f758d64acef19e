"""The lines of the key list as HTML. Each is made once from what it shows: most of a page was on it a moment ago."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from console.views.pages import icons

KEPT = 2_000
"""Lines of 2 KB."""


def line_of(row: Mapping[str, Any], columns: Mapping[str, bool], list_address: str, *, is_default: bool) -> SafeString:
    """A row of `keys.views.rows` with the columns that are shown, in the reader's language."""
    shown = tuple((name, value) for name, value in row.items() if name != "key")
    return _line(get_language() or "", tuple(columns.items()), list_address, is_default, shown)


@lru_cache(maxsize=KEPT)
def _line(
    _language: str,
    columns: tuple[tuple[str, bool], ...],
    list_address: str,
    is_default: bool,
    shown: tuple[tuple[str, Any], ...],
) -> SafeString:
    """All that the template reads is an argument, so that nothing older is ever shown."""
    context = {"row": dict(shown), "columns": dict(columns), "list_address": list_address, "is_default": is_default}
    return mark_safe(get_template("keys/list_row.html").render(context | {"icons": icons()}))  # noqa: S308 - a template
