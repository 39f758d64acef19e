"""Where measuring programs put what they measured: pages of docs/, each between markers of its own."""

import re
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def put(name: str, lines: Sequence[str], page: str = "performance.md") -> None:
    """Replace what stands between `<!-- name -->` and `<!-- end name -->`."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    text = "".join(f"{line}\n" for line in lines)
    path = DOCS / page
    path.write_text(place.sub(lambda found: f"{found[1]}{text}{found[2]}", path.read_text()))
