"""The files of docs/deploy for engines, with what is a test's own in place of what is marked "yours"."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import ROOT

DEPLOY = ROOT / "docs" / "deploy"


@dataclass(frozen=True)
class Kms:
    """Where engines find the KMS, and the certificate that they believe."""

    url: str
    authority: Path


def shipped(name: str, kms: Kms, authority_at: str, changes: Mapping[str, str]) -> str:
    """A file with the address of `kms`, the certificate in the place of the path that is shipped, and other changes."""
    text = (DEPLOY / name).read_text()
    lines = [line for line in text.splitlines() if authority_at in line]
    assert len(lines) == 1, authority_at
    own = {lines[0]: lines[0].lstrip("#"), authority_at: str(kms.authority), "https://kms.example.org": kms.url}
    for there, here in {**own, **changes}.items():
        assert there in text, there
        text = text.replace(there, here)
    return text
