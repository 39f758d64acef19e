"""File systems on disks that are files: mounted by the kernel where root may, else by a program."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.support.tools import PLACES, program


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
    if has_loop_devices():
        _run("mount", "-o", "loop", str(disk), str(folder))
        try:
            yield folder
        finally:
            _run("umount", str(folder))
    else:
        with _served_by_fuse2fs(disk, folder):
            yield folder


@contextmanager
def _served_by_fuse2fs(disk: Path, folder: Path) -> Iterator[None]:
    """In the foreground, since it goes on writing after `fusermount3 -u`: when it has ended, all is written."""
    others = ",allow_other" if os.geteuid() == 0 else ""
    command = [program("fuse2fs") or "fuse2fs", "-f", "-o", f"rw,fakeroot{others}", str(disk), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not folder.is_mount():
            assert process.poll() is None, "fuse2fs ended"
            time.sleep(0.05)
        yield
        _run("fusermount3", "-u", str(folder))
        process.wait(60)
    finally:
        process.kill()
        process.wait()


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
    environment = {**os.environ, "PATH": PLACES}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
