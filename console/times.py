"""Dates and times as people read them, in both languages; stored and compared in UTC."""

import zoneinfo
from datetime import date, datetime
from functools import cache

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

NEAR_DAYS = 7
ZONE_COOKIE = "zone"
"""The cookie of the time zone that was chosen; the browser's own comes in `timezone`."""
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(zoneinfo.available_timezones())


def date_text(moment: datetime) -> str:
    """`Nov 30, 2026` or `2026/11/30`, in the user's zone."""
    local = timezone.localtime(moment)
    if (get_language() or "").startswith("zh"):
        return f"{local:%Y/%m/%d}"
    return f"{MONTHS[local.month - 1]} {local.day}, {local.year}"


def month_text(day: date) -> str:
    """`November 2026` or `2026年11月`."""
    if (get_language() or "").startswith("zh"):
        return f"{day.year}年{day.month}月"
    return f"{MONTH_NAMES[day.month - 1]} {day.year}"


def time_text(moment: datetime) -> str:
    """`23:44:55 GMT+08:00`, in the user's zone."""
    local = timezone.localtime(moment)
    offset = f"{local:%z}"
    return f"{local:%H:%M:%S} GMT{offset[:3]}:{offset[3:]}"


def moment_text(moment: datetime) -> str:
    """Date, time and zone: `Nov 23, 2026 23:44:55 GMT+08:00`."""
    return f"{date_text(moment)} {time_text(moment)}"


def left_text(moment: datetime) -> str:
    """`23:59:59` in hours, minutes and seconds until then; `0:00` once it is over. As static/js/countdown.js has it."""
    minutes, seconds = divmod(max(0, round((moment - timezone.now()).total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def near_text(moment: datetime) -> str:
    """`just now`, `2 minutes ago`, `in 7 hours`; the date where it is seven days away or more."""
    seconds = (moment - timezone.now()).total_seconds()
    minutes = round(abs(seconds) / 60)
    if minutes >= NEAR_DAYS * 24 * 60:
        return date_text(moment)
    if minutes == 0:
        return gettext("just now") if seconds <= 0 else gettext("in a moment")
    is_past = seconds < 0
    if minutes < 60:
        n = minutes
        text = (
            ngettext("%(n)s minute ago", "%(n)s minutes ago", n)
            if is_past
            else ngettext("in %(n)s minute", "in %(n)s minutes", n)
        )
    elif minutes < 24 * 60:
        n = round(minutes / 60)
        text = (
            ngettext("%(n)s hour ago", "%(n)s hours ago", n)
            if is_past
            else ngettext("in %(n)s hour", "in %(n)s hours", n)
        )
    else:
        n = round(minutes / 60 / 24)
        text = (
            ngettext("%(n)s day ago", "%(n)s days ago", n) if is_past else ngettext("in %(n)s day", "in %(n)s days", n)
        )
    return text % {"n": n}
