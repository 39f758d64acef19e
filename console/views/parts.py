"""Views that answer with a part of a page."""

from collections.abc import Callable
from typing import Any


def part_of_a_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that only completes an open page: signed out it answers nothing, and the page waits for OK."""
    view.is_part = True  # type: ignore[attr-defined]
    return view
