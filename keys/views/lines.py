"""The lines of the key list as HTML. Each is made once from what it shows: most of a page was on it a moment ago."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.translation import get_language

from console.views.pages import icons

KEPT = 2_000
"""Lines of 2 KB."""


def line_of(row: Mapping[str, Any], columns: Mapping[str, bool], list_address: str, *, is_default: bool) -> str:
    """A row of `keys.views.rows` with the columns that are shown, in the reader's language: HTML, marked as safe."""
    shown = tuple((name, value) for name, value in row.items() if name != "key")
    return _line(get_language() or "", tuple(columns.items()), list_address, is_default, shown)


@lru_cache(maxsize=KEPT)
def _line(
    _language: str,
    columns: tuple[tuple[str, bool], ...],
    list_address: str,
    is_default: bool,
    shown: tuple[tuple[str, Any], ...],
) -> str:
    """All that the template reads is an argument, so that nothing older is ever shown."""
    context = {"row": dict(shown), "columns": dict(columns), "list_address": list_address, "is_default": is_default}
    return get_template("keys/list_row.html").render(context | {"icons": icons()})
