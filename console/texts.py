"""Pieces of text that several sentences need."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(items: Iterable[object]) -> str:
    """The items one after the other, separated as the language does it."""
    return pgettext("between fields", ", ").join(str(item) for item in items)


FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell of a CSV file as text: a spreadsheet takes what begins so for a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
