"""What static analysis finds is put right, or argued at its line; `make test` runs ruff, mypy and bandit themselves."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.supply.pins import ROOT

pytestmark = pytest.mark.without_database
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
# Bandit's tests whose ruff counterparts have other numbers.
ELSEWHERE = {"B703": "S308"}
EXCEPTION = re.compile(r"#\s*(?:nose[c]\b|noq[a]: [A-Z0-9, ]*\b(?:S\d+|BLE001)\b).*")
ARGUED = re.compile(r"# noq[a]: [A-Z0-9, ]+ - \w.+|# nose[c] B\d+ # \w.+")


def unargued(text):
    return [one[0] for one in EXCEPTION.finditer(text) if not ARGUED.fullmatch(one[0])]


def test_each_exception_from_a_rule_of_security_says_why():
    folders = [ROOT / name for name in ("console", "keys", "integrations", "tests")]
    files = [ROOT / "manage.py", *(path for folder in folders for path in folder.rglob("*.py"))]

    found = {str(path.relative_to(ROOT)): unargued(path.read_text()) for path in files}

    assert len(files) > 500
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(("line", "is_found"), [("  - names of columns", False), ("", True), ("  # bare", True)])
def test_an_exception_without_a_reason_would_be_found(line, is_found):
    assert bool(unargued("query = text  # no" + "qa: S608" + line.replace("  -", " -"))) is is_found


def test_what_bandit_leaves_out_ruff_looks_for():
    answer = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-settings", "console/settings.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    enabled = {*re.findall(r"\((S\d+)\)", answer.partition("linter.rules.enabled = [")[2].partition("]")[0])}

    skipped = {ELSEWHERE.get(one, one.replace("B", "S")) for one in CONFIGURATION["bandit"]["skips"]}

    assert skipped - enabled == set()
