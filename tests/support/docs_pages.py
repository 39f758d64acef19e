"""The pages of docs/ as an operator follows them: every block of `sh` is run, in order, on a machine of its own.

A page says where things lie on a real machine (/opt/kms the program, /etc/kms its settings, /var/lib/kms its data,
/var/backups/kms its backups); here each of them is a folder of the test's own. Whatever can't be done so (a service
that systemd starts, say) a test does instead, and names the very block that it stands for.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDERS = ("/opt/kms", "/etc/kms", "/var/lib/kms", "/var/backups/kms")
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: str, language: str = "sh") -> list[str]:
    """The commands of a page of docs/, or what is in another language there, a block an item."""
    found = [one for one in _BLOCK.finditer((DOCS / page).read_text()) if one[2] == language]
    return [re.sub(f"(?m)^{one[1]}", "", one[3]).strip() for one in found]


@dataclass
class Machine:
    """A folder that stands for a machine's root, and the environment of its shells."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = FOLDERS

    def __post_init__(self) -> None:
        for name in self.folders[1:]:
            self.path(name).mkdir(parents=True, mode=0o700, exist_ok=True)
        self.path("/opt").mkdir(exist_ok=True)
        if not self.path("/opt/kms").exists():
            self.path("/opt/kms").symlink_to(ROOT)

    def path(self, name: str) -> Path:
        """Where a path of the machine is really."""
        return self.root / name.lstrip("/")

    def own(self, text: str) -> str:
        """A text with the paths of the machine as they are really."""
        for name in self.folders:
            text = re.sub(rf"(?<![\w/]){name}(?![\w-])", str(self.path(name)), text)
        return text

    def run(self, block: str, timeout: float = 300) -> str:
        """What a block prints; AssertionError with what it said where it fails."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.own(block)],
            cwd=self.root,
            env={**kept, "PATH": f"{kept.get('PATH', os.defpath)}:/usr/sbin:/sbin", **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout


def follow(page: str, machine: Machine, instead: Mapping[str, Callable[[], object]] | None = None) -> list[str]:
    """Run all blocks of a page, and return what each printed; a block that begins with a text of `instead` is done by
    that function. AssertionError where one fails, or nothing begins with such a text."""
    printed, used = [], set()
    for block in blocks_of(page):
        beginning = next((one for one in instead or {} if block.startswith(one)), None)
        if beginning is None or instead is None:
            printed.append(machine.run(block))
        else:
            used.add(beginning)
            printed.append(str(instead[beginning]() or ""))
    unused = {*(instead or {})} - used
    assert not unused, f"{page} has no block that begins so: {unused}"
    return printed
