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

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right in a box of `width` x `height`, and the least and greatest of their values."""

    width: int
    height: int
    bars: list[Bar]
    least: int
    most: int


def axis(most: int) -> list[int]:
    """Five round numbers from 0 to `most` or a little more, evenly spaced, for the lines of a chart."""
    step = max(1, -(-most // 4))
    size = 10 ** (len(str(step)) - 1)
    step = next(one * size for one in (1, 2, 5, 10) if one * size >= step)
    return [step * n for n in range(5)]


def bars(values: Sequence[int], *, width: int, height: int, top: int = 0) -> Chart:
    """A bar for each value, `top` (the greatest by default) as high as the box; at least one unit high where it is not
    zero."""
    most = max(values, default=0)
    top = max(top, most)
    room = width / max(1, len(values))
    found = []
    for place, value in enumerate(values):
        high = max(1.0, value / top * height) if value else 0.0
        x = place * room + room * GAP / 2
        found.append(Bar(round(x, 1), round(height - high, 1), round(room * (1 - GAP), 1), round(high, 1), value))
    return Chart(width, height, found, min(values, default=0), most)
