"""The geometry of charts: numbers in, places of bars out; colours and words are the page's."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 0.26
"""Of a bar's room, what is left free beside it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in the units of its view box; `y` counts from above."""

    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right in a box of `width` x `height`, and the least and greatest of their values."""

    width: int
    height: int
    bars: list[Bar]
    least: int
    most: int


def bars(values: Sequence[int], *, width: int, height: int) -> Chart:
    """A bar for each value, the greatest as high as the box; at least one unit high where it is not zero."""
    most = max(values, default=0)
    room = width / max(1, len(values))
    found = []
    for place, value in enumerate(values):
        high = max(1.0, value / most * height) if value else 0.0
        x = place * room + room * GAP / 2
        found.append(Bar(round(x, 1), round(height - high, 1), round(room * (1 - GAP), 1), round(high, 1), value))
    return Chart(width, height, found, min(values, default=0), most)
