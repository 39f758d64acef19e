"""Where measuring programs put what they measured: docs/performance.md, each between markers of its own."""

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def put(name: str, lines: Sequence[str]) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- end name -->`."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    text = "".join(f"{line}\n" for line in lines)
    PAGE.write_text(place.sub(lambda found: f"{found[1]}{text}{found[2]}", PAGE.read_text()))
