"""The head of each stream that this folder's processes wrote, kept beside the database and not in it.

The chain of MACs shows a changed or missing record; only a copy of the head elsewhere shows that a stream was cut, or
that the whole database was put back to an older copy. One small file a stream, overwritten after each commit; each
hour the head is logged too, for whoever gathers logs on another machine.
"""

import json
import logging
import os
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings

from console import metrics

logger = logging.getLogger(__name__)

KEPT = 100


class Head(NamedTuple):
    """The last record that was seen of a stream: its sequence and its MAC."""

    stream: str
    sequence: int
    mac: bytes


class _Own:
    """The file of this process's own stream."""

    stream = ""
    descriptor = -1


def keep(stream: str, sequence: int, mac: bytes) -> None:
    """Write the head of this process's stream. A folder that can't be written is logged, and stops nobody."""
    try:
        if _Own.stream != stream:
            _begin(stream)
        # One length always: what is written replaces what was there.
        line = f'{{"stream": "{stream}", "sequence": "{sequence:020d}", "mac": "{mac.hex()}"}}\n'
        os.pwrite(_Own.descriptor, line.encode(), 0)
    except OSError as error:
        metrics.HEAD_FAILURES.inc()
        logger.warning("The head of the trail could not be kept in %s (%s).", settings.TRAIL_DIR, error.strerror)


def kept() -> list[Head]:
    """The heads that lie in the folder."""
    return read(one.read_text(encoding="utf-8", errors="replace") for one in settings.TRAIL_DIR.glob("*.head"))


def read(lines: Iterable[str]) -> list[Head]:
    """The heads among lines of JSON: files of the folder, or a log."""
    return [head for head in map(_head_in, lines) if head is not None]


def fields_of(head: Head) -> dict[str, str]:
    """A head as it is stored and logged."""
    return {"stream": head.stream, "sequence": f"{head.sequence:020d}", "mac": head.mac.hex()}


def _head_in(line: str) -> Head | None:
    try:
        fields = json.loads(line)
        return Head(fields["stream"], int(fields["sequence"]), bytes.fromhex(fields["mac"]))
    except (ValueError, KeyError, TypeError):
        return None


def _begin(stream: str) -> None:
    settings.TRAIL_DIR.mkdir(mode=0o700, exist_ok=True)
    if _Own.descriptor >= 0:
        os.close(_Own.descriptor)
    flags = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC
    _Own.descriptor = os.open(settings.TRAIL_DIR / f"{stream}.head", flags, 0o600)
    _Own.stream = stream
    files = sorted(settings.TRAIL_DIR.glob("*.head"), key=lambda one: one.stat().st_mtime)
    for old in files[:-KEPT]:  # named long since by the streams that opened after them
        old.unlink(missing_ok=True)
