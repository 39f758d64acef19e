"""How far a long work is: a bar on a terminal, nothing where nobody looks on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Advance = Callable[[int], object]


@contextmanager
def progress(title: str, total: int, unit: str = " rows") -> Iterator[Advance]:
    """A bar on stderr; what it gives is called with how many were done since."""
    with tqdm(total=total, desc=title, unit=unit, unit_scale=True, disable=None, leave=False) as bar:
        yield bar.update
