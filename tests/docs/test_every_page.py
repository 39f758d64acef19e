"""Every page of docs/ that has commands is followed by a test of its own."""

import re

import pytest

from tests.support.docs_pages import DOCS, ROOT, blocks_of


@pytest.mark.parametrize("page", sorted(one.name for one in DOCS.glob("*.md")))
def test_a_page_with_commands_is_followed_by_its_test(page: str) -> None:
    test = ROOT / "tests" / "docs" / f"test_{page.removesuffix('.md').replace('-', '_')}.py"

    assert not blocks_of(page) or f'follow("{page}"' in test.read_text()


@pytest.mark.parametrize("page", sorted(str(one.relative_to(ROOT)) for one in (*ROOT.glob("*.md"), *DOCS.glob("*.md"))))
def test_each_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (ROOT / page).read_text())

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
