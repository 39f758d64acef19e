"""Secrets of which every trace is sought: as bytes, and in the shapes that programs write bytes in."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

Secret = TypeVar("Secret", str, bytes)


@dataclass
class Canaries:
    """Secrets by what they are; `seen_in` says which of them a content holds."""

    secrets: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, secret: Secret) -> Secret:
        """Remember a secret, and give it back."""
        self.secrets[name] = secret.encode() if isinstance(secret, str) else secret
        return secret

    def seen_in(self, content: bytes, *, but: Iterable[str] = ()) -> set[str]:
        """The names of the secrets that a content holds in any shape."""
        sought = {name: secret for name, secret in self.secrets.items() if name not in {*but}}
        return {name for name, secret in sought.items() if any(shape in content for shape in shapes(secret))}


def shapes(secret: bytes) -> Iterator[bytes]:
    """The bytes themselves; as hex, as Base64 wherever in a longer text they begin, in UTF-16, and as addresses and
    Python's own `repr` show them."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for offset, begins in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(offset) + secret)
        whole = text[begins : (offset + len(secret)) // 3 * 4]
        yield whole
        yield whole.translate(bytes.maketrans(b"+/", b"-_"))
    shown = repr(secret)[2:-1].encode()
    if re.fullmatch(rb"[ -~]+", secret):
        yield secret.decode().encode("utf-16-le")
        yield quote(secret.decode(), safe="").encode()
    yield shown
