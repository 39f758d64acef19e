"""Archiving: the traces of a period that has ended go into a file, and only then out of the database.

In this order, so that an end at any instruction loses nothing, and the next run goes on where it was: the file is
written under another name and synced; read back, its digest and every MAC in it checked; given its name; noted in the
database (`TraceArchive`, in one transaction with a trace); then its traces are removed. What was noted and not removed
yet is read back once more and removed first.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError
from django.db import OperationalError, connection, transaction
from django.db.models import Count
from django.db.models.functions import TruncMonth

from console.access import archive_file
from console.access.archive_file import ArchiveBroken, Line, Reading
from console.access.archives import Archives, check_records, is_chained
from console.access.caller import Caller
from console.access.sealed import is_genuine
from console.access.stream import RECORD, bytes_of, opening_mac
from console.access.trail import traced
from console.models import Trace, TraceArchive, TraceStream
from console.operations.accounts import account_of_the_server
from console.partitions import drop_partition, month_after, month_of

PAGE: Final = 5_000
TRIES: Final = 5
FEWEST: Final = 50
"""So many are deleted at once, however long the disk takes: two milliseconds of work."""
Tell = Callable[[int], object]
"""Hears how many traces were done."""


@dataclass(frozen=True, slots=True)
class Period:
    """A month (UTC), or the part of it that goes, and how many traces it has."""

    begins_at: datetime
    ends_at: datetime
    records: int

    def __str__(self) -> str:
        return f"{self.begins_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"


def periods_before(before: datetime) -> list[Period]:
    """What the database has of traces before that time, by months."""
    months = Trace.objects.filter(at__lt=before).annotate(month=TruncMonth("at", tzinfo=UTC)).values("month")
    counted = months.annotate(records=Count("pk")).order_by("month").values_list("month", "records")
    return [Period(month, min(month_after(month), before), records) for month, records in counted]


def unfinished() -> list[TraceArchive]:
    """The archives whose traces may still be in the database: a run was ended too early."""
    return list(TraceArchive.objects.filter(removed_at=None).order_by("begins_at", "pk"))


def archive_traces(period: Period, folder: Path, tell: Tell) -> TraceArchive:
    """Write the archive of a period into `folder`, check it, and note it; its traces stay where they are.

    Raises CommandError where the trail itself is broken, OSError where the folder can't be written."""
    part = archive_file.write(folder, period.begins_at, period.ends_at, _lines(period, tell))
    try:
        archive = _read_back(part, tell)
        known = TraceArchive.objects.filter(pk=archive.pk).first()
        if known is not None:  # the same traces once more: somebody put them back
            check_again(known, folder, lambda number: None)
            return known
        archive_file.put_in_place(part, archive.name)
    finally:
        part.unlink(missing_ok=True)
    account = account_of_the_server()
    assert account is not None  # noqa: S101 - traces are of accounts
    with traced(Caller.server(account), "archiveTraces", archive) as trace, transaction.atomic(durable=True):
        archive.save(force_insert=True)
        trace.detail = {"from": f"{period.begins_at:%F}", "to": f"{period.ends_at:%F}", "records": archive.records}
        trace.done()
    return archive


def remove_traces(archive: TraceArchive, tell: Tell) -> None:
    """Remove from the database what lies in a checked archive: on PostgreSQL its whole partition at once, where it has
    nothing else; in short transactions else, so that others go on writing."""
    whole = archive.ends_at == month_after(month_of(archive.begins_at))
    runs = [(stream, first, last) for stream, found in archive.runs.items() for first, last, _mac in found]
    if whole and _is_dropped(archive, runs):
        tell(archive.records)
        return
    _delete(archive, tell)
    if not (whole and _is_dropped(archive, [])):
        archive.removed_at = datetime.now(UTC)
        archive.save(update_fields=["removed_at"])


def check_again(archive: TraceArchive, folder: Path, tell: Tell) -> None:
    """Read an archive back that an earlier run noted. Raises CommandError unless it is in `folder`, and whole, and the
    note is what was sealed."""
    if not is_genuine(archive):
        raise CommandError(f"What the database says of {archive.pk} was changed. Nothing was removed.")
    path = folder / archive.pk
    if not path.exists():
        raise CommandError(
            f"{archive.pk} was written, its traces are not removed yet, and it is not in {folder}: "
            "give the folder that it is in with --to."
        )
    if _read_back(path, tell).mac != bytes(archive.mac):
        raise CommandError(f"{path} is another archive than the one that was written. Nothing was removed.")


def _lines(period: Period, tell: Tell) -> Iterator[tuple[bytes, Line | None]]:
    """The lines of a period's archive, in the order in which the traces were written."""
    traces = Trace.objects.filter(at__gte=period.begins_at, at__lt=period.ends_at).order_by("id")
    of_period = traces.values_list(*RECORD, "mac", "id")
    page = of_period
    while rows := list(page[:PAGE]):
        for row in rows:
            record = dict(zip(RECORD, row, strict=False))
            stream, sequence, mac = record["stream_id"], record["sequence"], bytes(row[-2])
            if sequence == 1:
                opened = TraceStream.objects.get(pk=stream)
                yield archive_file.opening_line(stream, opened.opened_at, opened.heads_before), None
            line = Line(stream, sequence, bytes_of(record), mac)
            yield archive_file.record_line(line.record, mac), line
        tell(len(rows))
        page = of_period.filter(id__gt=rows[-1][-1])


def _read_back(path: Path, tell: Tell) -> TraceArchive:
    """What a file states, all of it checked: its digest and seal, and that each record follows the one before."""
    reading, beginnings = Reading(path), dict[tuple[str, int], Line]()
    try:
        wrong = next(check_records(path.name, _told(reading.lines(), tell), {}, beginnings), None)
    except ArchiveBroken as broken:
        raise CommandError(f"{path} could not be read back: {broken.text}. Nothing was removed.") from None
    archives = Archives.known()
    places = [(wrong.stream, wrong.sequence)] if wrong else []
    places += [
        place for place, line in beginnings.items() if (mac := _before(archives, *place)) and not is_chained(mac, line)
    ]
    for stream, sequence in places:
        raise CommandError(
            f"The trail is broken at stream {stream}, record {sequence}, so nothing was removed: "
            "manage.py verifytraces tells more."
        )
    assert reading.archive is not None  # noqa: S101 - the whole file was read
    return reading.archive


def _told(lines: Iterator[Line], tell: Tell) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        yield line
        if number % PAGE == 0:
            tell(PAGE)


def _before(archives: Archives, stream: str, sequence: int) -> bytes:
    """The MAC that a record follows; empty where that one is gone."""
    if sequence == 1:
        return opening_mac(TraceStream.objects.get(pk=stream))
    live = Trace.objects.filter(stream=stream, sequence=sequence - 1).values_list("mac", flat=True).first()
    if live is not None:
        return bytes(live)
    run = archives.run_with(stream, sequence - 1)
    return run.mac if run is not None and run.last == sequence - 1 else b""


def _is_dropped(archive: TraceArchive, runs: list[tuple[str, int, int]]) -> bool:
    """Drop the month of an archive where it holds these runs alone, in one transaction with the note of it."""
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic(durable=True):
                if not drop_partition(archive.begins_at, runs):
                    return False
                archive.removed_at = datetime.now(UTC)
                archive.save(update_fields=["removed_at"])
                return True
        except OperationalError:  # others hold the table for longer than anybody should wait behind us
            if not tries_left:
                raise
            time.sleep(1)
    return False


def _delete(archive: TraceArchive, tell: Tell) -> None:
    """Delete the traces of an archive, each run from its end: what is left of one is its beginning."""
    longest, size = (0.008 if connection.vendor == "sqlite" else 0.5), FEWEST
    of_period = Trace.objects.filter(at__gte=archive.begins_at, at__lt=archive.ends_at)
    for stream, runs in archive.runs.items():
        for first, last, _mac in reversed(runs):
            end = last
            while end >= first:
                begin = max(first, end - size + 1)
                with transaction.atomic(durable=True):
                    begun = time.monotonic()
                    of_period.filter(stream=stream, sequence__range=(begin, end)).delete()
                took = time.monotonic() - begun
                tell(end - begin + 1)
                end = begin - 1
                size = max(size // 2, FEWEST) if took > longest else size * 5 // 4 if took < longest / 2 else size
                if connection.vendor == "sqlite":
                    time.sleep(took)  # there is one writer: the others' turn
