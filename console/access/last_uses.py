"""When access keys last signed a request: noted in memory, carried to the database every minute, so that no call waits
for it. What a process noted last may be lost when it dies."""

import time
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from console.models import AccessKey

_noted: dict[str, float] = {}


def note_use(ak: str) -> None:
    """Note that this access key signed a request now."""
    _noted[ak] = time.time()


def keep_last_uses() -> int:
    """Write what was noted since the last time; how many access keys it was."""
    taken = {ak: _noted.pop(ak) for ak in list(_noted)}
    with transaction.atomic():
        for ak, seconds in sorted(taken.items()):  # in one order everywhere: two nodes never wait for each other
            at = datetime.fromtimestamp(seconds, UTC)
            older = Q(last_used_at=None) | Q(last_used_at__lt=at)
            AccessKey.objects.filter(older, pk=ak).update(last_used_at=at)
    return len(taken)
