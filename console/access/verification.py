"""Checking the trail: every record of every stream, in order, and that none is missing but what was archived."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from console.access import given_up, heads
from console.access.archives import CHANGED, REPLACED, Archives
from console.access.given_up import GivenUp
from console.access.heads import Head
from console.access.stream import RECORD, bytes_of, opening_mac
from console.models import Trace, TraceStream
from console.protection import trail_key
from keys.crypto.errors import TrailBroken

CHUNK = 2_000
Text = object


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place of the trail; `sequence` is the record's, or that of the first one missing. `archive`
    is the file that it lies in; what is wrong with a file as such has no record."""

    stream: str
    sequence: int
    text: Text
    archive: str = ""

    def __str__(self) -> str:
        record = f"stream {self.stream}, record {self.sequence}" if self.sequence else ""
        return f"{', '.join(filter(None, [self.archive and f'archive {self.archive}', record]))}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, what was found, and what is missing because a backup was restored; `archived` traces lie in
    `archives` files."""

    streams: int
    records: int
    findings: list[Finding]
    archived: int = 0
    archives: int = 0
    given_up: Sequence[GivenUp] = ()
    with_archives: bool = False
    """Whether the files were looked at."""

    @property
    def told_of_archives(self) -> str:
        return f"{self.archived} archived traces in {self.archives} files"

    def __str__(self) -> str:
        checked = f"{self.records} traces in {self.streams} streams"
        if self.archives and self.with_archives:
            checked += f" and {self.told_of_archives}"
        if self.findings:
            return f"BROKEN: {len(self.findings)} findings; {checked} were checked."
        return f"INTACT: {checked}, none changed, missing, cut off or put back."


OPENING_CHANGED = _("changed, or what the stream says of the streams before it was changed")
MISSING = _("missing")
CUT = _("cut off: it was written, and is not there")


def verify_streams(more_heads: Iterable[Head] = (), *, folder: Path | None = None) -> Verdict:
    """Check all streams, while others may write. `more_heads` are heads that were kept elsewhere; where `folder` is
    given the archives in it are checked too, else what they hold is taken for what was sealed."""
    # First, so that nothing written meanwhile is taken for missing: a head says what must be there at least.
    known = [*heads.kept(), *more_heads]
    records, findings = 0, []
    streams = list(TraceStream.objects.order_by("opened_at", "pk"))
    for stream in streams:
        known += [Head(pk, sequence, bytes.fromhex(mac)) for pk, (sequence, mac) in stream.heads_before.items()]
    known, gone_by_restore = given_up.apart(known)
    archives = Archives.known()
    if folder is not None:
        archives.look_into(folder, known)
    expected: dict[str, dict[int, bytes]] = {}
    for head in (*archives.heads, *known):
        expected.setdefault(head.stream, {})[head.sequence] = head.mac
    for stream in streams:
        for sequence, text in _check(stream, expected.pop(stream.pk, {}), archives):
            if text is None:
                records += 1
            else:
                findings.append(Finding(stream.pk, sequence, text))
    findings += [Finding(gone, 1, CUT) for gone in expected]
    findings += [Finding(one.stream, one.sequence, one.text, one.archive) for one in archives.wrong]
    return Verdict(
        len(streams), records, findings, archives.records, archives.number, gone_by_restore, folder is not None
    )


def _check(stream: TraceStream, expected: dict[int, bytes], archives: Archives) -> Iterator[tuple[int, Text | None]]:
    """Each record of a stream with what is wrong about it; after a break the chain is taken up again behind it."""
    mac, last = opening_mac(stream), 0
    for sequence, record, own in _records_of(stream):
        if sequence > last + 1:
            mac = yield from _bridge(stream, last, mac, sequence, expected, archives)
        problem = None
        if mac:
            try:
                trail_key().verify(mac, record, own)
            except TrailBroken:
                problem = CHANGED if sequence > 1 else OPENING_CHANGED
        if problem is None and own != expected.get(sequence, own):
            problem = REPLACED
        yield sequence, problem
        mac, last = own, sequence
    archived = max((run.last for run in archives.runs.get(stream.pk, ())), default=0)
    if archived > last:
        yield from _bridge(stream, last, mac, archived + 1, expected, archives)
        last = archived
    if expected and max(expected) > last:
        yield last + 1, CUT


def _bridge(
    stream: TraceStream, last: int, mac: bytes, until: int, expected: dict[int, bytes], archives: Archives
) -> Generator[tuple[int, Text | None], None, bytes]:
    """What is wrong from the record behind `last` to the one before `until`, none of which is in the database; returns
    the MAC that `until` follows, empty where it is not known: then that one can't be checked."""
    while last + 1 < until:
        run = archives.run_with(stream.pk, last + 1)
        # Removal goes from the end of a run to its beginning: what is left of it is never behind what is gone.
        if run is not None and run.last < until:
            if mac and run.first == last + 1 and not archives.follows(stream.pk, run, mac):
                yield run.first, CHANGED if run.first > 1 else OPENING_CHANGED
            if expected.get(run.last, run.mac) != run.mac:
                yield run.last, REPLACED
            last, mac = run.last, run.mac
            continue
        yield last + 1, MISSING
        following = archives.next_run(stream.pk, last + 1, until)
        last, mac = (following.first if following else until) - 1, b""
    return mac


def _records_of(stream: TraceStream) -> Iterator[tuple[int, bytes, bytes]]:
    """The records of a stream in the database: sequence, the bytes that the MAC covers, and the MAC."""
    of_stream = Trace.objects.filter(stream=stream).order_by("sequence", "at").values_list(*RECORD, "mac")
    page = of_stream
    # By pages, so that no reading holds up SQLite's log, or keeps a copy of a stream on PostgreSQL.
    while rows := list(page[:CHUNK]):
        for row in rows:
            record = dict(zip(RECORD, row, strict=False))
            yield record["sequence"], bytes_of(record), bytes(row[-1])
        if len(rows) < CHUNK:
            return
        # A sequence that is there twice must not hide behind a page's end.
        page = of_stream.filter(sequence__gte=record["sequence"])
        page = page.exclude(sequence=record["sequence"], at__lte=record["at"])
