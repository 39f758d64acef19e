"""The files that workers count in (prometheus_client's multiprocess mode), with their place on the disk had beforehand.

The library writes into the mapped pages of files with holes. A page that the disk has no room for ends the process
(SIGBUS), and its successor as it begins: a full disk would take all workers instead of costing refusals.
"""

import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import mmap_dict

LONGEST_ENTRY = 64
"""Bytes that an entry takes at most beside its key."""


class ReservedDict(mmap_dict.MmapedDict):
    """The library's, which goes on in memory where the disk is full: then its process is missing from scrapes, or what
    it counted stays as it was, until it is started anew."""

    _f: Any
    _m: Any
    _capacity: int
    _used: int

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if read_mode or _has_room(filename):
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
            return
        memory = os.memfd_create("counts")
        try:
            super().__init__(f"/proc/self/fd/{memory}")  # type: ignore[no-untyped-call]
        finally:
            os.close(memory)

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + LONGEST_ENTRY > self._capacity:
            try:
                os.posix_fallocate(self._f.fileno(), 0, self._capacity * 2)
            except OSError:
                self._go_on_in_memory()
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _go_on_in_memory(self) -> None:
        memory = os.fdopen(os.memfd_create("counts"), "r+b", buffering=0)
        memory.write(self._m[:])
        self.close()  # type: ignore[no-untyped-call]
        self._f, self._m = memory, mmap.mmap(memory.fileno(), self._capacity)


def _has_room(filename: str) -> bool:
    """Whether the disk has room for the file, which is there with all of its place then, else not."""
    try:
        with open(filename, "ab") as file:
            os.posix_fallocate(file.fileno(), 0, file.tell() or mmap_dict._INITIAL_MMAP_SIZE)
    except OSError:
        with suppress(OSError):
            Path(filename).unlink()
        return False
    return True
