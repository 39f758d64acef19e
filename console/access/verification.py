"""Checking the trail: every record of every stream, in order, and that none is missing at the end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from console.access import given_up, heads
from console.access.given_up import GivenUp
from console.access.heads import Head
from console.access.stream import opening_mac, record_of
from console.models import Trace, TraceStream
from console.protection import trail_key
from keys.crypto.errors import TrailBroken

CHUNK = 2_000
Text = object


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place of the trail; `sequence` is the record's, or that of the first one missing."""

    stream: str
    sequence: int
    text: Text

    def __str__(self) -> str:
        return f"stream {self.stream}, record {self.sequence}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, what was found, and what is missing because a backup was restored."""

    streams: int
    records: int
    findings: list[Finding]
    given_up: Sequence[GivenUp] = ()

    def __str__(self) -> str:
        checked = f"{self.records} traces in {self.streams} streams"
        if self.findings:
            return f"BROKEN: {len(self.findings)} findings; {checked} were checked."
        return f"INTACT: {checked}, none changed, missing, cut off or put back."


CHANGED = _("changed, or the record before it was changed")
OPENING_CHANGED = _("changed, or what the stream says of the streams before it was changed")
MISSING = _("missing")
CUT = _("cut off: it was written, and is not there")
REPLACED = _("another record than the one that was written")


def verify_streams(more_heads: Iterable[Head] = ()) -> Verdict:
    """Check all streams, while others may write. `more_heads` are heads that were kept elsewhere."""
    # First, so that nothing written meanwhile is taken for missing: a head says what must be there at least.
    known = [*heads.kept(), *more_heads]
    records, findings = 0, []
    streams = list(TraceStream.objects.order_by("opened_at", "pk"))
    for stream in streams:
        known += [Head(pk, sequence, bytes.fromhex(mac)) for pk, (sequence, mac) in stream.heads_before.items()]
    known, gone_by_restore = given_up.apart(known)
    for stream in streams:
        expected = {head.sequence: head.mac for head in known if head.stream == stream.pk}
        for sequence, text in _check(stream, expected):
            if text is None:
                records += 1
            else:
                findings.append(Finding(stream.pk, sequence, text))
    gone = dict.fromkeys(head.stream for head in known if head.stream not in {one.pk for one in streams})
    findings += [Finding(pk, 1, CUT) for pk in gone]
    return Verdict(len(streams), records, findings, gone_by_restore)


def _check(stream: TraceStream, expected: dict[int, bytes]) -> Iterator[tuple[int, Text | None]]:
    """Each record of a stream with what is wrong about it; after a break the chain is taken up again behind it."""
    mac, last = opening_mac(stream), 0
    for trace in Trace.objects.filter(stream=stream).order_by("sequence").iterator(CHUNK):
        if trace.sequence > last + 1:
            yield last + 1, MISSING
            mac = b""  # the MAC before is gone: this record can't be checked against it
        problem = None
        if mac:
            try:
                trail_key().verify(mac, record_of(trace), bytes(trace.mac))
            except TrailBroken:
                problem = CHANGED if trace.sequence > 1 else OPENING_CHANGED
        if problem is None and bytes(trace.mac) != expected.get(trace.sequence, bytes(trace.mac)):
            problem = REPLACED
        yield trace.sequence, problem
        mac, last = bytes(trace.mac), trace.sequence
    if expected and max(expected) > last:
        yield last + 1, CUT
