"""The KMS as engines find it, and the files of docs/deploy by which they do, with what is a test's own in place of what
is marked "yours"."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificates import new_pair
from tests.support.nodes import Balancer
from tests.support.servers import ROOT, Server

DEPLOY = ROOT / "docs" / "deploy"


@dataclass(frozen=True)
class Kms:
    """Its address, and the certificate that engines believe."""

    url: str
    authority: Path


@contextmanager
def behind_nginx(server: Server, folder: Path) -> Iterator[Kms]:
    """A server as docs/ has it: by TLS, with a certificate that no authority of the system issued."""
    balancer = Balancer(folder, [server, server], new_pair())
    try:
        balancer.start()
        yield Kms(balancer.url, balancer.certificate)
    finally:
        balancer.stop()


def shipped(name: str) -> str:
    """A file as it is shipped."""
    return (DEPLOY / name).read_text()


def active(text: str) -> list[str]:
    """Its lines that are settings."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def own(text: str, kms: Kms, authority_at: str, changes: Mapping[str, str]) -> str:
    """A shipped text with the address of `kms`, its certificate in place of the path that is shipped, and changes."""
    lines = [line for line in text.splitlines() if authority_at in line]
    assert len(lines) == 1, authority_at
    theirs = {lines[0]: lines[0].lstrip("#"), authority_at: str(kms.authority), "https://kms.example.org": kms.url}
    for there, here in {**theirs, **changes}.items():
        assert there in text, there
        text = text.replace(there, here)
    return text
