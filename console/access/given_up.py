"""Heads of the trail that a restore gave up: what was written after the backup is gone, and known to be.

Each restore leaves a trace that names them, with its place and MAC in the trail: so nobody without the root key can
give up anything, and a database that was put back to an older copy by hand, which has no such trace, is found.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from console.access.heads import Head
from console.models import Trace

RESTORE: Final = "restoreBackup"


class GivenUp(NamedTuple):
    """The records of a stream behind `kept`, the last that the backup has (0 for none), up to `head`."""

    head: Head
    kept: int
    backup: str

    def __str__(self) -> str:
        return (
            f"stream {self.head.stream}, records {self.kept + 1} to {self.head.sequence}: given up by the restore of "
            f"the backup made at {self.backup}"
        )


def detail_of(given_up: Iterable[GivenUp]) -> dict[str, list[Any]]:
    """As a restore's trace holds them."""
    return {one.head.stream: [one.kept, one.head.sequence, one.head.mac.hex()] for one in given_up}


def read(detail: dict[str, Any]) -> list[GivenUp]:
    """Those that the trace of a restore holds."""
    backup = detail.get("backup_made_at", "")
    return [
        GivenUp(Head(stream, sequence, bytes.fromhex(mac)), kept, backup)
        for stream, (kept, sequence, mac) in detail.get("given_up", {}).items()
    ]


def apart(known: Iterable[Head]) -> tuple[list[Head], list[GivenUp]]:
    """The heads that must be in the trail still, and what was given up of the others."""
    told = defaultdict[str, list[GivenUp]](list)
    for detail in Trace.objects.filter(name=RESTORE, status=200).values_list("detail", flat=True):
        for one in read(detail):
            told[one.head.stream].append(one)
    due, gone = list[Head](), dict[GivenUp, None]()
    for head in known:
        covering = [one for one in told[head.stream] if one.kept < head.sequence <= one.head.sequence]
        gone.update(dict.fromkeys(covering[:1]))
        if not covering:
            due.append(head)
    return due, list(gone)


def beyond(known: Iterable[Head], kept: Sequence[Head], backup: str) -> list[GivenUp]:
    """What a restore gives up: the furthest head of each stream that is known and that the restored trail, whose last
    or archived records are `kept`, does not reach."""
    reached = defaultdict[str, int](int)
    for head in kept:
        reached[head.stream] = max(reached[head.stream], head.sequence)
    furthest: dict[str, Head] = {}
    for head in known:
        if head.sequence > max(reached[head.stream], furthest.get(head.stream, head).sequence - 1):
            furthest[head.stream] = head
    return [GivenUp(head, reached[stream], backup) for stream, head in sorted(furthest.items())]
