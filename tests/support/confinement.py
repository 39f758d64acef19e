"""What systemd's directives take from a program, tried without systemd: by the same filters of system calls."""

import ctypes
import errno
import os
import socket
import subprocess
from collections.abc import Iterable
from functools import cache
from typing import ClassVar, Self

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
MASKED_EQUAL = 7
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000


class Unit:
    """A unit file: its directives by name, each with the values of all its lines."""

    def __init__(self, text: str) -> None:
        lines = [line for line in text.splitlines() if line and line[0] not in "#;["]
        pairs = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
        self.directives = {name: [value for one, value in pairs if one == name] for name, _ in pairs}

    def words(self, name: str) -> list[str]:
        """All words of a directive."""
        return " ".join(self.directives.get(name, [])).split()


@cache
def groups() -> dict[str, set[str]]:
    """The groups of system calls that systemd knows, by name, with groups inside them."""
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True
    )
    found: dict[str, set[str]] = {}
    for line in told.stdout.splitlines():
        if line.startswith("@"):
            found[line] = names = set()
        elif line.startswith("    ") and not line.strip().startswith("#"):
            names.add(line.strip())
    return found


def calls_of(name: str) -> set[str]:
    """The system calls of a group, or the one of this name."""
    return set().union(*map(calls_of, groups()[name])) if name.startswith("@") else {name}


class _Comparison(ctypes.Structure):
    _fields_: ClassVar = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


class Confinement:
    """A filter that lets a process and its children make some system calls, open sockets of some families, and perhaps
    never turn data into code. What it refuses fails with EPERM."""

    def __init__(self, calls: Iterable[str], families: Iterable[int], *, may_make_code: bool) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._filter = ctypes.c_void_p(self._library.seccomp_init(REFUSE))
        # Where a call is allowed for some values of an argument alone: its number, the mask, and what is left by it.
        special: dict[str, list[tuple[int, int, int]]] = {"socket": [(0, 2**32 - 1, one) for one in families]}
        if not may_make_code:
            special["mmap"] = [(2, PROT_WRITE | PROT_EXEC, one) for one in (0, PROT_WRITE, PROT_EXEC)]
            special |= {name: [(2, PROT_EXEC, 0)] for name in ("mprotect", "pkey_mprotect")}
            special["shmat"] = [(2, SHM_EXEC, 0)]
        for name in calls:
            for condition in special.get(name, [None]):
                self._allow(name, condition)

    @classmethod
    def without_network(cls) -> Self:
        """All but sockets that lead out of this machine."""
        return cls(calls_of("@known"), [socket.AF_UNIX], may_make_code=True)

    @classmethod
    def of(cls, unit: Unit) -> Self:
        """What a unit says."""
        words = unit.directives["SystemCallFilter"]
        allowed, denied = (
            [word.removeprefix("~") for word in words if word.startswith("~") is no] for no in (False, True)
        )
        calls = set().union(*(calls_of(name) for line in allowed for name in line.split()), calls_of("@default"))
        calls -= set().union(*(calls_of(name) for line in denied for name in line.split()))
        families = [getattr(socket, name) for name in unit.words("RestrictAddressFamilies")]
        return cls(calls, families, may_make_code=unit.words("MemoryDenyWriteExecute") != ["yes"])

    def begin(self) -> None:
        """In the process that is to be confined, for good; it gets no new privileges either."""
        if code := self._library.seccomp_load(self._filter):
            raise OSError(-code, os.strerror(-code))

    def _allow(self, name: str, condition: tuple[int, int, int] | None) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another processor, or newer than the library
        compared = [] if condition is None else [_Comparison(condition[0], MASKED_EQUAL, *condition[1:])]
        array = (_Comparison * len(compared))(*compared)
        code = self._library.seccomp_rule_add_array(self._filter, ctypes.c_uint32(ALLOW), number, len(compared), array)
        if code and code != -errno.EACCES:
            raise OSError(-code, os.strerror(-code))
