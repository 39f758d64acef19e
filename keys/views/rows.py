"""Keys as the list shows them: every text of a row made once, so that the template only prints."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from console.models import Project
from console.models.enterprise import DEFAULT_NAME
from console.times import date_text, moment_text, time_text
from keys.models import Key, KeyState

STATE_CLASSES = {
    KeyState.ENABLED: "enabled",
    KeyState.DISABLED: "disabled",
    KeyState.PENDING_DELETION: "pending-deletion",
    KeyState.PENDING_IMPORT: "pending-import",
}
TAGS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class TagChip:
    key: str
    value: str


def short_id(key: Key) -> str:
    """`43f1ffd7…7ee8`: the id shortened in the middle."""
    text = str(key.pk)
    return f"{text[:8]}…{text[-4:]}"


def key_row(key: Key, place: Project, *, new_id: str = "") -> dict[str, Any]:
    """One line of the key list; its tags are prefetched, the place is the key's project."""
    tags = [TagChip(one.tag.key, one.tag.value) for one in key.tagged.all()]
    return {
        "key": key,
        "id": str(key.pk),
        "short_id": short_id(key),
        "address": reverse("keys:details", args=[place.pk, key.pk]),
        "is_new": str(key.pk) == new_id,
        "state": key.get_state_display(),
        "state_class": STATE_CLASSES[KeyState(key.state)],
        "state_note": _("on %(date)s") % {"date": date_text(key.deletion_at)} if key.deletion_at else "",
        "deletion": moment_text(key.deletion_at) if key.deletion_at else "",
        "deletion_iso": key.deletion_at.isoformat(timespec="seconds") if key.deletion_at else "",
        "usage": key.get_key_usage_display(),
        "origin": key.get_origin_display(),
        "enterprise_project": key.enterprise_project.name if key.enterprise_project else DEFAULT_NAME,
        "tags": tags[:TAGS_SHOWN],
        "more_tags": len(tags) - TAGS_SHOWN if len(tags) > TAGS_SHOWN else 0,
        "created_iso": key.created_at.isoformat(timespec="seconds"),
        "created_utc": key.created_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "created_date": date_text(key.created_at),
        "created_time": time_text(key.created_at),
        "created": moment_text(key.created_at),
    }
