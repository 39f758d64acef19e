"""Where measuring programs put what they measured: a page of docs/, each between markers of its own."""

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def put(name: str, lines: Sequence[str], page: Path = PAGE) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- end name -->` on a page, docs/performance.md by default."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    text = "".join(f"{line}\n" for line in lines)
    page.write_text(place.sub(lambda found: f"{found[1]}{text}{found[2]}", page.read_text()))
