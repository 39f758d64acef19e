"""Keys as the list shows them: every text of a row is made here, so that the template only prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models.enterprise import DEFAULT_NAME
from console.times import date_text, moment_text, time_text
from keys.models import Key, KeyState
from keys.operations.tags import TagPair
from keys.specs import KeyOrigin, KeyUsage

STATE_CLASSES = {
    KeyState.ENABLED: "enabled",
    KeyState.DISABLED: "disabled",
    KeyState.PENDING_DELETION: "pending-deletion",
    KeyState.PENDING_IMPORT: "pending-import",
}
TAGS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class TagChip:
    """A tag, and the query by which the list finds all keys that have it."""

    key: str
    value: str

    @property
    def query(self) -> str:
        return urlencode({"tag": f"{self.key}={self.value}"})


ROW_ACTIONS = {
    KeyState.ENABLED: ("disable", gettext_lazy("Disable")),
    KeyState.DISABLED: ("enable", gettext_lazy("Enable")),
    KeyState.PENDING_DELETION: ("cancel-deletion", gettext_lazy("Cancel deletion")),
    KeyState.PENDING_IMPORT: ("import", gettext_lazy("Import material")),
}
"""What a key's line offers first: the name of the address, a dialog's but for the import, and the word."""


def key_row(
    key: Key,
    list_address: str,
    *,
    is_new: bool = False,
    tags: Sequence[TagPair] = (),
    used: datetime | None = None,
    used_text: str = "",
    token_left: str = "",
) -> dict[str, Any]:
    """A line of the key list: `used` is when the key was last used and `used_text` how that is told, `token_left` how
    long an import can be taken up again."""
    act, act_title = ROW_ACTIONS[KeyState(key.state)]
    key_id, date, time = str(key.pk), date_text(key.created_at), time_text(key.created_at)
    return {
        "key": key,
        "id": key_id,
        "alias": key.alias,
        "key_spec": key.key_spec,
        "short_id": f"{key_id[:8]}…{key_id[-4:]}",
        "address": f"{list_address}/{key_id}",
        "is_new": is_new,
        "act": f"{list_address}/{key_id}/{act}",
        "act_id": f"{act}-{key_id}",
        "act_title": str(act_title),
        "act_is_page": act == "import",
        "state": str(KeyState(key.state).label),
        "state_class": STATE_CLASSES[KeyState(key.state)],
        "state_note": _("on %(date)s") % {"date": date_text(key.deletion_at)} if key.deletion_at else "",
        "deletion": moment_text(key.deletion_at) if key.deletion_at else "",
        "deletion_iso": key.deletion_at.isoformat(timespec="seconds") if key.deletion_at else "",
        "usage": str(KeyUsage(key.key_usage).label),
        "origin": str(KeyOrigin(key.origin).label),
        "enterprise_project": key.enterprise_project.name if key.enterprise_project else DEFAULT_NAME,
        "tags": [TagChip(*tag) for tag in tags[:TAGS_SHOWN]],
        "more_tags": max(0, len(tags) - TAGS_SHOWN),
        "created_iso": key.created_at.isoformat(timespec="seconds"),
        "created_utc": key.created_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "created_date": date,
        "created_time": time,
        "created": f"{date} {time}",
        "used": used_text,
        "used_iso": used.isoformat(timespec="seconds") if used else "",
        "used_moment": moment_text(used) if used else "",
        "token_left": token_left,
    }
