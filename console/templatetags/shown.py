"""Times and numbers as pages show them; the words are those of `console.times`."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console import times

register = template.Library()
LEFT = '<time data-until="{}" datetime="{}" title="{}">{}</time>'
TIME = '<time datetime="{}" title="{}">{}</time>'


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """Date, time and zone; its title is the same in UTC."""
    return _time(at, times.moment_text(at)) if at else ""


@register.filter
def day(at: datetime | None) -> SafeString | str:
    """The date; its title is the whole moment in UTC."""
    return _time(at, times.date_text(at)) if at else ""


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """`2 minutes ago` or `in 3 days` where that is nearer than seven days, else the date; the moment in its title."""
    return format_html(TIME, _iso(at), times.moment_text(at), times.near_text(at)) if at else ""


@register.filter
def left(at: datetime | None) -> SafeString | str:
    """`23:59:59` until then, counted down by a script; the moment in its title."""
    return format_html(LEFT, _iso(at), _iso(at), times.moment_text(at), times.left_text(at)) if at else ""


@register.filter
def grouped(number: int) -> str:
    """`20,000`."""
    return f"{number:,}"


def _time(at: datetime, text: str) -> SafeString:
    return format_html(TIME, _iso(at), f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", text)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
