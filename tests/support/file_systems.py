"""File systems on disks that are files: mounted by the kernel where root may, else by a program."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.support import tools


@cache
def has_loop_devices() -> bool:
    """Whether `mount -o loop` may work here."""
    return os.geteuid() == 0 and Path("/dev/loop-control").exists()


def make_file_system(disk: Path, content: Path | None = None) -> None:
    """Make ext4 on a disk, of what is in a folder."""
    journal = () if has_loop_devices() else ("-O", "^has_journal")
    filled = () if content is None else ("-d", str(content))
    _run("mke2fs", "-q", "-F", "-t", "ext4", *journal, *filled, str(disk))


@contextmanager
def mounted(disk: Path, folder: Path) -> Iterator[Path]:
    """The file system of a disk at a folder, until the block ends; then all of it is on the disk."""
    folder.mkdir(exist_ok=True)
    by_kernel = has_loop_devices()
    command = ["mount", "-o", "loop"] if by_kernel else ["fuse2fs", "-o", "rw,fakeroot"]
    _run(*command, str(disk), str(folder))
    try:
        yield folder
    finally:
        ending = ["umount"] if by_kernel else ["fusermount3", "-u"]
        _run(*ending, str(folder))


def copies_of(marker: bytes, file: Path) -> int:
    """How often some bytes are in a file, without line breaks."""
    found = subprocess.run(
        ["grep", "--only-matching", "--text", "--fixed-strings", marker.decode(), str(file)],
        capture_output=True,
        check=False,
    )
    assert found.returncode in {0, 1}, found.stderr
    return found.stdout.count(b"\n")


def _run(*command: str) -> None:
    environment = {**os.environ, "PATH": tools.PLACES}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
