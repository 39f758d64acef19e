"""How often: failures from an address, and the calls of a user where a limit is set.

Each limit is a bucket for every name (an address, a user): it holds as much as is allowed in the limit's time, and is
filled evenly. Of a bucket one number is kept, the moment at which it is full again (the generic cell rate algorithm of
ITU-T I.371), so that nothing has to be emptied and nobody waits longer than for the next drop. Each worker counts for
itself.
"""

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from cachetools import LRUCache
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from console import metrics
from console.access.caller import Caller
from keys.errors import KmsError

MOST_NAMES: Final = 16_384
"""Kept by each limit, 4 MB at the most: whoever sends from more addresses than that has no need to come back to one."""


class TooMany(KmsError):
    """As the gateway of the cloud says it: programs wait for `Retry-After` and try again."""

    code, status = "APIGW.0308", 429
    text = _("There were too many requests. Wait %(seconds)s s and try again.")

    def __init__(self, seconds: int = 1) -> None:
        super().__init__(seconds=seconds)
        self.retry_after = seconds


class TooManyFailures(TooMany):
    text = _("Too many attempts from your address have failed. Wait %(seconds)s s and try again.")


class TooManyCalls(TooMany):
    text = _("This user makes more calls than the server allows. Wait %(seconds)s s and try again.")


class Limit:
    """So many in so many seconds, for each name. `most` is asked each time."""

    def __init__(self, name: str, most: Callable[[], int], seconds: float, refusal: type[TooMany]) -> None:
        self.name, self.most, self.seconds, self.refusal = name, most, seconds, refusal
        self._lock = Lock()
        self._full_at: LRUCache[str, float] = LRUCache(MOST_NAMES)

    def take(self, name: str, now: float | None = None) -> None:
        """Take one of this name's. Raises the refusal, which says in how many seconds there is one again."""
        now = time.monotonic() if now is None else now
        one = self.seconds / self.most()
        with self._lock:
            full_at = max(now, self._full_at.get(name, now)) + one
            wait = full_at - now - self.seconds
            if wait <= 1e-6:
                self._full_at[name] = full_at
                return
        metrics.LIMITED.labels(self.name).inc()
        raise self.refusal(math.ceil(wait))

    def give_back(self, name: str) -> None:
        """What was taken was none of those that this limits."""
        with self._lock:
            if name in self._full_at:
                self._full_at[name] -= self.seconds / self.most()

    def forget(self) -> None:
        """Every bucket is full again."""
        with self._lock:
            self._full_at.clear()

    def __len__(self) -> int:
        """How many names are kept."""
        return len(self._full_at)


FAILED_SIGN_INS: Final = Limit("failed_sign_ins", lambda: settings.FAILURES_PER_MINUTE, 60, TooManyFailures)
"""By address. One is taken before a password is looked at and given back where it was right, so that attempts at once
are not looked at either."""
FAILED_PROOFS: Final = Limit("failed_proofs", lambda: settings.FAILURES_PER_MINUTE, 60, TooManyFailures)
"""By address: signatures and tokens. They are looked at all the same: nobody is kept from his own key by who failed
beside him."""
CALLS: Final = Limit("calls", lambda: settings.CALLS_PER_SECOND, 1, TooManyCalls)
"""By user, of the API; only where CALLS_PER_SECOND is set."""
LIMITS: Final = (FAILED_SIGN_INS, FAILED_PROOFS, CALLS)


def check_rate(caller: Caller) -> None:
    """Raises TooManyCalls where the caller's user makes more calls a second than are allowed."""
    if settings.CALLS_PER_SECOND and caller.user is not None:
        CALLS.take(caller.user.pk)
