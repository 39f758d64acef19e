"""Every page of docs/ that has commands is followed by a test of its own."""

import re
from pathlib import Path

import pytest

from tests.support.docs_pages import DOCS, ROOT, blocks_of

PAGES = sorted(str(one.relative_to(DOCS)) for one in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_commands_is_followed_by_its_test(page: str) -> None:
    test = ROOT / "tests" / "docs" / f"test_{Path(page).stem.replace('-', '_')}.py"

    assert not blocks_of(page) or f'"{page}"' in test.read_text()


@pytest.mark.parametrize("page", [*sorted(one.name for one in ROOT.glob("*.md")), *(f"docs/{page}" for page in PAGES)])
def test_each_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (ROOT / page).read_text())

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
