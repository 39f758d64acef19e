"""When access keys and service tokens were last used: noted in memory, carried to the database every minute, so that no
call waits for it. What a process noted last may be lost when it dies."""

import time
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from console.models import AccessKey, ServiceToken

Used = type[AccessKey] | type[ServiceToken]
_noted: dict[tuple[Used, str], float] = {}


def note_use(model: Used, pk: str) -> None:
    """Note that the access key, or the service token, of this primary key was used now."""
    _noted[model, pk] = time.time()


def keep_last_uses() -> int:
    """Write what was noted since the last time; of how many access keys and tokens it was."""
    taken = {used: _noted.pop(used) for used in list(_noted)}
    with transaction.atomic():
        # In one order everywhere: two nodes never wait for each other.
        for (model, pk), seconds in sorted(taken.items(), key=lambda one: (one[0][0].__name__, one[0][1])):
            at = datetime.fromtimestamp(seconds, UTC)
            older = Q(last_used_at=None) | Q(last_used_at__lt=at)
            model._default_manager.filter(older, pk=pk).update(last_used_at=at)
    return len(taken)
