"""The stream of traces that this process writes: each record with its place and a MAC over itself and the one before.

A stream opens with the heads of the streams before it, and that opening is the first link of its chain. After each
commit the head is written to a file of DATA_DIR too: a database that was put back to an older copy shows.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import OperationalError
from django.db.models import OuterRef, Subquery

from console import sql
from console.access import heads
from console.models import Trace, TraceStream
from console.protection import trail_key

FIRST_MAC = bytes(32)
LONGEST_TURN = 10.0  # seconds; a commit on PostgreSQL waits for another machine
STREAMS_NAMED = 100  # older ones were named by the streams that opened since
RECORD = tuple(one.attname for one in Trace._meta.concrete_fields if one.attname not in {"id", "mac"})
_COLUMNS = [*RECORD, "mac"]
_INSERT = sql.Change(
    f"INSERT INTO console_trace ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608 - names of columns alone
)
_COUNT = sql.Change("""
INSERT INTO console_callcount AS c (account_id, day, operation, resource_id, user_name, calls, refused, last_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (account_id, day, operation, resource_id, user_name)
DO UPDATE SET calls = c.calls + excluded.calls, refused = c.refused + excluded.refused,
last_at = COALESCE(excluded.last_at, c.last_at)
""")

canonical = msgspec.json.Encoder(order="sorted").encode

Record = dict[str, Any]


@dataclass
class _Stream:
    """The stream of this process; `turn` is held from the writing of records to their commit."""

    turn: threading.RLock = field(default_factory=threading.RLock)
    pid: int = 0
    id: str = ""
    sequence: int = 0
    mac: bytes = FIRST_MAC
    is_held: bool = False
    """Whether several records go before one commit, so that none of them is the head yet."""


_stream = _Stream()


class Writing:
    """Records written within the current transaction: the stream is held until `close`."""

    def __init__(self, records: Sequence[Record], counted: Sequence[Record]) -> None:
        """Write `records`, in order, and count those of `counted` as calls of the API.

        OperationalError where the records before them are not committed within LONGEST_TURN seconds."""
        if not _stream.turn.acquire(timeout=LONGEST_TURN):
            raise OperationalError("The trace before this one is not committed.")
        self._opened = False
        try:
            if _stream.pid != os.getpid():
                _open_stream()
                self._opened = True
            self._sequence, self._mac = _stream.sequence, _stream.mac
            self._insert(records)
            _count(counted)
        except BaseException:
            self.close(committed=False)
            raise

    def close(self, *, committed: bool) -> None:
        """Let the next records follow; what was not committed leaves its places in the stream free.

        A commit that PostgreSQL did not confirm may have happened, its places be taken: so another stream begins."""
        try:
            if committed:
                _stream.sequence, _stream.mac = self._sequence, self._mac
                if not _stream.is_held:
                    heads.keep(_stream.id, _stream.sequence, _stream.mac)
            elif self._opened or not sql.IS_SQLITE:
                forget_stream()
        finally:
            _stream.turn.release()

    def _insert(self, records: Sequence[Record]) -> None:
        rows, key = [], trail_key()
        for record in records:
            self._sequence += 1
            record["stream_id"], record["sequence"] = _stream.id, self._sequence
            self._mac = key.mac(self._mac, bytes_of(record))
            at, detail = sql.moment_parameter(record["at"]), json.dumps(record["detail"]) if record["detail"] else "{}"
            rows.append([*map({**record, "at": at, "detail": detail}.__getitem__, RECORD), self._mac])
        _INSERT.of_rows(rows)


def bytes_of(record: Record) -> bytes:
    """The bytes that a record's MAC covers: every column but the row's id and the MAC itself, as canonical JSON."""
    return canonical({**record, "at": record["at"].astimezone(UTC).isoformat(timespec="microseconds")})


def record_of(trace: Trace) -> bytes:
    """What `bytes_of` makes of a stored trace."""
    return bytes_of({name: getattr(trace, name) for name in RECORD})


def opening_mac(stream: TraceStream) -> bytes:
    """The MAC that a stream's first record follows: over its id, its time and the heads of the streams before it."""
    opening = [stream.pk, stream.opened_at.astimezone(UTC).isoformat(timespec="microseconds"), stream.heads_before]
    return trail_key().mac(FIRST_MAC, canonical(opening))


def hold() -> tuple[int, bytes]:
    """Keep the stream for all that one commit will bring; returns where it stands, for `let_go`."""
    _stream.turn.acquire()
    _stream.is_held = True
    return _stream.sequence, _stream.mac


def let_go(mark: tuple[int, bytes], *, committed: bool) -> None:
    """Let the next records follow: behind those written since `hold`, or in their place, were they not committed."""
    try:
        _stream.is_held = False
        if not committed:
            _stream.sequence, _stream.mac = mark
        elif mark[0] != _stream.sequence:
            heads.keep(_stream.id, _stream.sequence, _stream.mac)
    finally:
        _stream.turn.release()


def forget_stream() -> None:
    """Begin a new stream with the next record."""
    _stream.pid = 0


def is_open() -> bool:
    """Whether this process has its stream."""
    return _stream.pid == os.getpid()


def sequence() -> int:
    """Place of the last record that this process wrote, without waiting for one under way; 0 before the first."""
    return _stream.sequence if is_open() else 0


def head() -> tuple[str, int, bytes] | None:
    """Stream, sequence and MAC of the last record that this process wrote; None before the first."""
    with _stream.turn:
        if _stream.pid != os.getpid():
            return None
        return _stream.id, _stream.sequence, _stream.mac


def _open_stream() -> None:
    last = Trace.objects.filter(stream=OuterRef("pk")).order_by("-sequence")
    before = (
        TraceStream.objects.order_by("-opened_at")
        .annotate(sequence=Subquery(last.values("sequence")[:1]), mac=Subquery(last.values("mac")[:1]))
        .values_list("pk", "sequence", "mac")[:STREAMS_NAMED]
    )
    named = {pk: [sequence, bytes(mac).hex()] for pk, sequence, mac in before if sequence}
    opened = TraceStream.objects.create(heads_before=named)
    _stream.pid, _stream.id, _stream.sequence = os.getpid(), opened.pk, 0
    _stream.mac = opening_mac(opened)


def _count(records: Sequence[Record]) -> None:
    """Add calls to their counters: one row a day for each user, operation and resource."""
    if not records:
        return
    calls: Counter[tuple[str, ...]] = Counter()
    refused: Counter[tuple[str, ...]] = Counter()
    last: dict[tuple[str, ...], datetime] = {}
    for record in records:
        at: datetime = record["at"]
        place = (
            record["account_id"],
            at.date().isoformat(),
            record["name"],
            record["resource_id"],
            record["user_name"],
        )
        calls[place] += 1
        if record["status"] >= 400:
            refused[place] += 1
        else:
            last[place] = at
    at_last = {place: sql.moment_parameter(at) for place, at in last.items()}
    # In one order everywhere, so that two writers of PostgreSQL never wait for each other in a circle.
    _COUNT.of_rows([[*place, calls[place], refused[place], at_last.get(place)] for place in sorted(calls)])
