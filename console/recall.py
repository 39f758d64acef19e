"""What was read of the database, as long as it stands there unchanged."""

import threading
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from console import sql

Found = TypeVar("Found")
MOST: Final = 1024


class Recall(threading.local, Generic[Found]):
    """What this thread read at one state of the database (`sql.state`); at another it knows nothing any more.

    Where the database can't tell that nothing changed, nothing is ever found here."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._state: tuple[int, ...] | None = None
        self._found: dict[Hashable, Found] = {}

    def get(self, key: Hashable) -> Found | None:
        """What was kept under `key`, if it would be read again just so."""
        state = sql.state()
        if state is None:
            return None
        if state != self._state or len(self._found) >= self._most:
            self._state, self._found = state, {}
        return self._found.get(key)

    def keep(self, key: Hashable, found: Found) -> Found:
        """Keep what was read after `get` found nothing."""
        if self._state is not None:
            self._found[key] = found
        return found
