"""Archiving that is killed again and again, and what is left of the traces each time."""

from datetime import UTC, datetime
from math import inf
from pathlib import Path

from console.access.archive_file import Reading
from console.access.stream import forget_stream
from console.access.verification import verify_streams
from console.models import Trace, TraceArchive
from console.partitions import make_partitions
from tests.support import old_traces
from tests.support.killing import run_until

ARCHIVING = ("archiving.py", "archivetraces.py", "archive_file.py", "partitions.py")
DAYS = [f"2026-{month:02}-{day:02}" for month in (1, 2) for day in (1, 2)]


def rehearse(folder: Path, first: int, distance: int) -> int:
    """Kill it at line `first`, after `distance` more, and so on, until it comes to its end; returns how often it was
    killed. AssertionError where a trace is then neither in the database nor in a whole archive that is known, or
    where the next run does not bring everything to its end."""
    kills, step, written = 0, first, set[tuple[str, int]]()
    while True:
        make_partitions(datetime(2026, 1, 1, tzinfo=UTC))
        forget_stream()
        old_traces.write(DAYS)
        written |= live()
        killed = run_until(step, ARCHIVING, "archivetraces", "--before", "2026-03", "--to", str(folder))
        assert live() | archived(folder) == written, step
        verdict = verify_streams(folder=folder)
        assert verdict.findings == [], (step, verdict.findings)
        assert run_until(inf, (), "archivetraces", "--before", "2026-03", "--to", str(folder)) == 0, step
        assert (live(), archived(folder)) == (set(), written), step
        assert not TraceArchive.objects.filter(removed_at=None).exists()
        if killed == 0:
            return kills
        kills, step = kills + 1, step + distance


def live() -> set[tuple[str, int]]:
    """Those of the old traces that are in the database."""
    found = Trace.objects.filter(at__lt=datetime(2026, 3, 1, tzinfo=UTC))
    return {(stream, sequence) for stream, sequence in found.values_list("stream_id", "sequence")}


def archived(folder: Path) -> set[tuple[str, int]]:
    """Those in archives that the database knows of."""
    names = TraceArchive.objects.values_list("pk", flat=True)
    return {(one.stream, one.sequence) for name in names for one in Reading(folder / name).lines()}
