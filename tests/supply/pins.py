"""The lists of pinned packages that `make requirements` writes, and what installed packages say of themselves."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LISTS = {
    "server": ROOT / "requirements.txt",
    "tests": ROOT / "tests/requirements.txt",
    "otc": ROOT / "tests/requirements-otc.txt",
    "engines": ROOT / "tests/requirements-engines.txt",
    "engines-sources": ROOT / "tests/requirements-engines-sources.txt",
    "tools": ROOT / "tests/requirements-tools.txt",
}
"""By group of pyproject.toml, the list that is made of it."""
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})(?!\S)")


@dataclass(frozen=True)
class Pin:
    """A package of a list, at the version that is meant."""

    name: str
    version: str
    is_needed_here: bool
    """Whether its marker holds for this Python and this machine."""
    hashes: tuple[str, ...]
    """SHA-256, in hexadecimal, of each of its files that may be installed."""

    @property
    def purl(self) -> str:
        """Its address as a package (ECMA-427)."""
        return f"pkg:pypi/{self.name}@{self.version}"

    def installed(self) -> Distribution:
        """What is installed of it. Raises LookupError where that is another version."""
        found = distribution(self.name)
        if found.version != self.version:
            raise LookupError(f"{self.name} is installed as {found.version}, not {self.version}: build .venv anew.")
        return found


def pins(path: Path) -> list[Pin]:
    """The packages of a list, in its order. Raises ValueError for a line without version or hash."""
    text = re.sub(r"(?m)^\s*#.*\n|^--.*\n", "", path.read_text()).replace("\\\n", " ")
    return [_pin(line) for line in text.splitlines() if line.strip()]


def _pin(line: str) -> Pin:
    hashes = tuple(_HASH.findall(line))
    wanted = Requirement(_HASH.sub("", line).strip())
    (specifier,) = wanted.specifier
    if specifier.operator != "==" or "*" in specifier.version:
        raise ValueError(f"{wanted} pins no version")
    if not hashes:
        raise ValueError(f"{wanted} has no hash")
    is_needed = wanted.marker is None or wanted.marker.evaluate()
    return Pin(canonicalize_name(wanted.name), specifier.version, is_needed, hashes)


def needed(path: Path) -> list[Pin]:
    """The packages of a list that this Python on this machine installs."""
    return [pin for pin in pins(path) if pin.is_needed_here]


def chosen(group: str) -> list[Requirement]:
    """What pyproject.toml names in a group."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [Requirement(one) for one in groups[group]]


def requires(pin: Pin) -> set[str]:
    """The names of the packages that it asks for here, with those of its extras."""
    return {
        canonicalize_name(one.name)
        for one in map(Requirement, pin.installed().requires or [])
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in _EXTRAS.get(pin.name, ("",)))
    }


_EXTRAS: dict[str, tuple[str, ...]] = {canonicalize_name(one.name): ("", *one.extras) for one in chosen("server")}


def inventories(pin: Pin) -> Iterator[dict[str, Any]]:
    """What its wheel says that it was built with: CycloneDX documents in its metadata (PEP 770)."""
    for path in pin.installed().files or []:
        if path.parent.name == "sboms" and path.suffix == ".json":
            document = json.loads(Path(str(path.locate())).read_text())
            if document.get("bomFormat") == "CycloneDX":
                yield document
