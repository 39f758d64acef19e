"""A disk that is full, and has room again.

Where the machine lets us mount one it is a small disk in memory, filled by a file that is in the way. Elsewhere the
processes may make no file longer than it is (RLIMIT_FSIZE), which the kernel takes back as quickly.
"""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.nodes import workers_of
from tests.support.servers import Server

SIZE = 48
"""MiB."""
LONGEST_FILE = 256 * 1024
"""Bytes: less than the database has when it was made."""


@cache
def may_mount() -> bool:
    """Whether a disk in memory can be mounted here."""
    with TemporaryDirectory() as folder, _mounted(Path(folder)) as is_mounted:
        return is_mounted


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a disk of its own, where that can be, else a plain one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _mounted(folder):
        yield folder


class Fullness:
    """The disk of a running server's folder, which `small_disk` made."""

    def __init__(self, server: Server, disk: Path) -> None:
        self.server, self.ballast = server, disk / "ballast"

    def begin(self) -> None:
        """Leave no room."""
        if not may_mount():
            self._limit(LONGEST_FILE)
            return
        with self.ballast.open("wb", buffering=0) as file:
            block = bytes(65536)
            while block:
                try:
                    file.write(block)
                except OSError:
                    block = block[: len(block) // 2]

    def end(self) -> None:
        """Make room."""
        self.ballast.unlink(missing_ok=True)
        if not may_mount():
            self._limit(resource.RLIM_INFINITY)

    def _limit(self, longest: int) -> None:
        for pid in workers_of(self.server):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (longest, resource.RLIM_INFINITY))


@contextmanager
def _mounted(folder: Path) -> Iterator[bool]:
    mount = shutil.which("mount", path="/bin:/usr/bin:/sbin:/usr/sbin") or "mount"
    command = [mount, "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0700", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
