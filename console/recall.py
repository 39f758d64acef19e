"""What was read of the database, as long as it stands there unchanged."""

from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

from console import sql

Found = TypeVar("Found")
MOST: Final = 1024
_all: "list[Recall[Any]]" = []


class Recall(Generic[Found]):
    """What was read at one state of the database (`sql.state`); at another it is not found any more.

    Where the database can't tell that nothing changed, nothing is ever found here."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: dict[Hashable, tuple[sql.State, Found]] = {}
        self._hits = self._misses = 0
        _all.append(self)

    def get(self, key: Hashable) -> Found | None:
        """What was kept under `key`, if it would be read again just so."""
        known = self._found.get(key)
        if known is not None and known[0] == sql.state():
            self._hits += 1
            return known[1]
        self._misses += 1
        return None

    def keep(self, key: Hashable, found: Found) -> Found:
        """Keep what was read after `get` found nothing: at the state that is looked at, or a later one."""
        state = sql.state()
        if state is not None:
            if len(self._found) >= self._most:
                self._found.clear()
            self._found[key] = state, found
        return found


def cache_info() -> tuple[int, int, int, int]:
    """Hits, misses, the most that is kept, and what is kept now, of all in this process; as functools tells it."""
    return (
        sum(one._hits for one in _all),
        sum(one._misses for one in _all),
        sum(one._most for one in _all),
        sum(len(one._found) for one in _all),
    )
