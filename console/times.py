"""Dates and times as people read them, in both languages; stored and compared in UTC."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_text(moment: datetime) -> str:
    """`Nov 30, 2026` or `2026/11/30`, in the user's zone."""
    local = timezone.localtime(moment)
    if (get_language() or "").startswith("zh"):
        return f"{local:%Y/%m/%d}"
    return f"{MONTHS[local.month - 1]} {local.day}, {local.year}"


def time_text(moment: datetime) -> str:
    """`23:44:55 GMT+08:00`, in the user's zone."""
    local = timezone.localtime(moment)
    offset = f"{local:%z}"
    return f"{local:%H:%M:%S} GMT{offset[:3]}:{offset[3:]}"


def moment_text(moment: datetime) -> str:
    """Date, time and zone: `Nov 23, 2026 23:44:55 GMT+08:00`."""
    return f"{date_text(moment)} {time_text(moment)}"
