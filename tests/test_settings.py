"""The README's table of settings and the settings that the code asks for are the same."""

import re
from pathlib import Path

import pytest

from console.settings import ENVIRONMENT

README = Path(__file__).resolve().parent.parent / "README.md"


@pytest.fixture(scope="module")
def described() -> set[str]:
    """The names in backticks of the first column of the README's tables."""
    rows = [line for line in README.read_text().splitlines() if line.lstrip().startswith("|")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]*)`", row.split("|")[1])}


def test_every_setting_is_described(described):
    assert {*ENVIRONMENT} - described == set()


def test_every_setting_that_is_described_exists(described):
    assert described - {*ENVIRONMENT} == set()
