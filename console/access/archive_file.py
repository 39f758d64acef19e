"""The file of an archive: gzip of lines of JSON, which docs/traces.md describes line by line.

A line is an opening (what a stream begins with, before its record 1), a record with its MAC, or the seal, which is the
last one. Records of a stream are in order; those of several streams stand among each other.
"""

import gzip
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import error as ZlibError

import msgspec

from console.access.sealed import Sealed, is_genuine, name_of, text_of
from console.access.stream import canonical
from console.models import TraceArchive
from keys.crypto.keyfile import sync_folder

PATTERN: Final = "traces-*.jsonl.gz"
LEVEL: Final = 6
LONGEST_LINE: Final = 1 << 26

MISSING: Final = "missing in the folder"
DAMAGED: Final = "damaged, or cut off"
FORGED: Final = "not sealed by this server"
CONTENT_CHANGED: Final = "changed: its content is not what was sealed"


class ArchiveBroken(Exception):
    """What is wrong with a file."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Line(NamedTuple):
    """A record of a file: where it belongs, the bytes that its MAC covers, and the MAC."""

    stream: str
    sequence: int
    record: bytes
    mac: bytes


class _Place(msgspec.Struct):
    stream_id: str
    sequence: int


class _Seal(msgspec.Struct):
    mac: str
    sealed: msgspec.Raw


_MAC_AT = slice(len('{"mac":"'), len('{"mac":"') + 64)
_RECORD_AT = slice(_MAC_AT.stop + len('","record":'), -1)
_OPENING, _SEAL = b'{"opens":', b'{"mac":'
_place_in = msgspec.json.Decoder(_Place).decode
_seal_in = msgspec.json.Decoder(_Seal).decode


def record_line(record: bytes, mac: bytes) -> bytes:
    """The line of a record."""
    return b'{"mac":"%b","record":%b}\n' % (mac.hex().encode(), record)


def opening_line(stream: str, opened_at: datetime, heads_before: dict[str, Any]) -> bytes:
    """The line of what a stream begins with."""
    return b'{"opens":%b}\n' % canonical([stream, text_of(opened_at), heads_before])


def write(folder: Path, begins_at: datetime, ends_at: datetime, lines: Iterable[tuple[bytes, Line | None]]) -> Path:
    """Write and seal a file of these lines, under a name that says that it is a part; synced. Returns its path.

    Raises OSError."""
    part = folder / f"traces-{begins_at:%Y%m%d}-{ends_at:%Y%m%d}.part"
    digest, runs, records = hashlib.sha256(), Runs(), 0
    with part.open("wb") as file:
        with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
            for line, record in lines:
                packed.write(line)
                digest.update(line)
                if record is not None:
                    runs.add(record)
                    records += 1
            name = name_of(begins_at, ends_at, digest.hexdigest())
            sealed = Sealed(name, begins_at, ends_at, records, runs.found, digest.hexdigest(), datetime.now(UTC))
            packed.write(b'{"mac":"%b","sealed":%b}\n' % (sealed.seal().hex().encode(), sealed.statement()))
        file.flush()
        os.fsync(file.fileno())
    return part


def put_in_place(part: Path, name: str) -> None:
    """Give a whole file its name, for good."""
    part.replace(part.with_name(name))
    sync_folder(part.parent)


class Reading:
    """A file that is read: its lines one after the other; `archive` is what its seal states, known at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive: TraceArchive | None = None

    def lines(self) -> Iterator[Line]:
        """Its records. Raises ArchiveBroken where anything is wrong with the file as such, at its end at the latest;
        whether the records follow each other is asked by whoever reads them."""
        digest, runs, records, seal = hashlib.sha256(), Runs(), 0, b""
        for line in self._raw():
            if seal:
                raise ArchiveBroken(CONTENT_CHANGED)
            if line.startswith(_SEAL) and line[_MAC_AT.stop : _MAC_AT.stop + 11] == b'","sealed":':
                seal = line
                continue
            digest.update(line)
            if line.startswith(_OPENING):
                continue
            record = _line_of(line)
            runs.add(record)
            records += 1
            yield record
        archive = _archive_of(seal)
        if (archive.digest, archive.records, archive.runs) != (digest.hexdigest(), records, runs.found):
            raise ArchiveBroken(CONTENT_CHANGED)
        self.archive = archive

    def _raw(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file, io.BufferedReader(gzip.GzipFile(fileobj=file)) as packed:
                while line := packed.readline(LONGEST_LINE):
                    if not line.endswith(b"\n"):
                        raise ArchiveBroken(DAMAGED)
                    yield line
        except FileNotFoundError:
            raise ArchiveBroken(MISSING) from None
        except (EOFError, gzip.BadGzipFile, ZlibError):
            raise ArchiveBroken(DAMAGED) from None


class Runs:
    """The sequences that were seen, by stream, as they are stated."""

    def __init__(self) -> None:
        self.found: dict[str, list[list[Any]]] = {}

    def add(self, record: Line) -> None:
        of_stream = self.found.setdefault(record.stream, [])
        if of_stream and of_stream[-1][1] + 1 == record.sequence:
            of_stream[-1][1:] = record.sequence, record.mac.hex()
        else:
            of_stream.append([record.sequence, record.sequence, record.mac.hex()])


def _line_of(line: bytes) -> Line:
    record = line.rstrip(b"\n")[_RECORD_AT]
    try:
        place = _place_in(record)
        return Line(place.stream_id, place.sequence, record, bytes.fromhex(line[_MAC_AT].decode()))
    except (msgspec.MsgspecError, ValueError):
        raise ArchiveBroken(CONTENT_CHANGED) from None


def _archive_of(line: bytes) -> TraceArchive:
    """What a seal states. Raises ArchiveBroken unless this server made it."""
    if not line:
        raise ArchiveBroken(DAMAGED)
    try:
        seal = _seal_in(line)
        stated = msgspec.json.decode(seal.sealed)
        times = {name: datetime.fromisoformat(stated.pop(name)) for name in ("begins_at", "ends_at", "archived_at")}
        archive = TraceArchive(**stated, **times, mac=bytes.fromhex(seal.mac))
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveBroken(FORGED) from None
    if not is_genuine(archive):
        raise ArchiveBroken(FORGED)
    return archive
