"""Marks of views, which the middleware goes by."""

from collections.abc import Callable
from typing import Any


def part_of_a_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that only completes an open page: signed out it answers nothing, and the page waits for OK."""
    view.is_part = True  # type: ignore[attr-defined]
    return view


def polled(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that an open page asks by itself: that somebody is there is not shown by it."""
    view.is_polled = True  # type: ignore[attr-defined]
    return view


def open_before_change(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that is open to who has to change his password first."""
    view.is_open_before = True  # type: ignore[attr-defined]
    return view
