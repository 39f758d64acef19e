"""How much is done: TORTURE is 1 for all of it (`make torture`), a tenth where nothing is said, as in CI."""

import os
from typing import NamedTuple

TORTURE = float(os.environ.get("TORTURE", "0.1"))


def share(whole: int) -> int:
    """So much of `whole` as is done here, once at least."""
    return max(1, round(whole * TORTURE))


class Figure(NamedTuple):
    """A line of docs/reliability.md: what was done, how often, what was seen, and all that was not as it should be."""

    what: str
    times: int
    seen: str
    wrong: list[str]
