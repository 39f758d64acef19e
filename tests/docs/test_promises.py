"""docs/promises.md: each promise has its test, and each test that it names is there."""

import ast
import re

import pytest

from tests.support.docs_pages import DOCS, ROOT

PAGE = (DOCS / "promises.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
TESTS = sorted({*re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:60])
def test_a_promise_has_a_test(row: str) -> None:
    _, promise, tests, _ = row.split("|")

    assert promise.strip()
    assert re.fullmatch(r"(\s`tests/[\w/]+\.py::test_\w+`)+\s", tests)


@pytest.mark.parametrize(("file", "name"), TESTS, ids=lambda value: value.removeprefix("tests/"))
def test_the_test_is_there(file: str, name: str) -> None:
    found = {one.name for one in ast.parse((ROOT / file).read_text()).body if isinstance(one, ast.FunctionDef)}

    assert name in found


@pytest.mark.parametrize("folder", ["web", "secrets", "torture", "supply"])
def test_every_file_of_such_tests_is_named(folder: str) -> None:
    files = {f"tests/{folder}/{one.name}" for one in (ROOT / "tests" / folder).glob("test_*.py")}

    assert files <= {file for file, _name in TESTS}
