"""No secret is in the repository: nothing that opens anything, but for published vectors and old installations."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.supply.pins import ROOT

pytestmark = pytest.mark.without_database
FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n)*[A-Za-z0-9+/]{16}",
    "access key of a cloud": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b(?![+/=])",
    "token of a forge": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20})",
    "token of a registry": r"\b(?:pypi-AgE[\w-]{50}|npm_[A-Za-z0-9]{36}|dckr_pat_[\w-]{20})",
    "token of a service": r"\b(?:xox[abeprs]-[\w-]{20}|[rs]k_live_\w{20}|AIza[\w-]{35}|SG\.[\w-]{22}\.[\w-]{43})",
    "web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}",
}
"""What a secret looks like where it can be told by its form."""
ROOT_KEY = r"(?<![\w+/=-])(?=[\w+/]*\d)(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])[A-Za-z0-9+/]{43}=(?![\w+/=])"
"""Base64 of 32 bytes, which a root key is."""
PLACES_OF_SECRETS = ("tests/crypto/wycheproof/", "tests/upgrade/")
"""Published keys, and installations of nobody that released versions left."""
KINDS_OF_SECRETS = (
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.kdbx",
    "*.sqlite3",
    "*.kmsbackup",
    ".env",
    "id_rsa",
    "id_ed25519",
)


def files() -> Iterator[Path]:
    """All that is committed, or would be: what .gitignore leaves."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            if path.is_dir():
                folders.append(path)
            elif not str(path.relative_to(ROOT)).startswith(PLACES_OF_SECRETS):
                yield path


@pytest.fixture(scope="module")
def texts():
    """The text of each file, by its path."""
    return {str(path.relative_to(ROOT)): path.read_text(errors="replace") for path in files()}


def found(form, texts):
    return [(path, one[0][:12] + "…") for path, text in texts.items() for one in re.finditer(form, text)]


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_is_in_any_file(form, texts):
    assert {"requirements.txt", ".ci/run", "tests/supply/test_secrets.py"} <= {*texts}
    assert found(FORMS[form], texts) == []


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("private key", "-----BEGIN RSA PRIVATE KEY" + "-----\nMIIEpAIBAAKCAQEAu1SU1L"),
        ("private key", '"-----BEGIN PRIVATE KEY' + '-----\\nMIIEpAIBAAKCAQEAu1SU1L"'),
        ("access key of a cloud", "AKIA" + "J" * 16),
        ("token of a forge", "ghp_" + "a1" * 18),
        ("token of a registry", "npm_" + "a1" * 18),
        ("token of a service", "sk_live_" + "a1" * 12),
        ("web token", "eyJ" + "a1" * 10 + ".eyJ" + "b2" * 10 + "." + "c3" * 20),
    ],
)
def test_a_secret_would_be_found(form, text):
    assert found(FORMS[form], {"file": f"x = {text}\n"}) != []


def test_no_root_key_is_in_the_program(texts):
    program = {path: text for path, text in texts.items() if not path.startswith(("tests/", "docs/"))}

    assert found(ROOT_KEY, program) == []
    assert found(ROOT_KEY, {"docs": (ROOT / "docs/root-key.md").read_text()}) != []


def test_no_file_is_of_a_kind_that_holds_secrets(texts):
    assert [path for path in texts if any(fnmatch(Path(path).name, kind) for kind in KINDS_OF_SECRETS)] == []
