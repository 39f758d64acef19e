"""What was archived of the trail: the runs of sequences that may be missing from the database, and their files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from console.access.archive_file import PATTERN, ArchiveBroken, Line, Reading
from console.access.heads import Head
from console.access.sealed import is_genuine
from console.models import TraceArchive
from console.protection import trail_key
from keys.crypto.errors import TrailBroken

Text = object

ROW_CHANGED = "what the database says of it was changed"
ANOTHER = "another archive than the one that was written"
CHANGED = _("changed, or the record before it was changed")
REPLACED = _("another record than the one that was written")


class Run(NamedTuple):
    """Consecutive records of a stream, all in one archive."""

    archive: str
    first: int
    last: int
    mac: bytes


class Wrong(NamedTuple):
    """What is wrong with an archive, or with a record in it."""

    archive: str
    text: Text
    stream: str = ""
    sequence: int = 0


@dataclass
class Archives:
    """The archives that the database knows of and that this server sealed; `wrong` is what was found on the way."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    records: int = 0
    beginnings: dict[tuple[str, int], Line] = field(default_factory=dict)
    """The first record of each run whose file was looked at."""
    _names: set[str] = field(default_factory=set)

    @classmethod
    def known(cls) -> "Archives":
        """Those that the database knows of now."""
        found = cls()
        found.learn()
        return found

    @property
    def number(self) -> int:
        return len(self._names)

    @property
    def heads(self) -> list[Head]:
        """The last record of each run."""
        return [Head(stream, run.last, run.mac) for stream, runs in self.runs.items() for run in runs]

    def learn(self) -> bool:
        """Take in what was archived since; whether there was anything."""
        new = list(TraceArchive.objects.exclude(pk__in=self._names).order_by("begins_at", "pk"))
        for archive in new:
            self._names.add(archive.pk)
            if not is_genuine(archive):
                self.wrong.append(Wrong(archive.pk, ROW_CHANGED))
                continue
            self.records += archive.records
            for stream, runs in archive.runs.items():
                self.runs.setdefault(stream, []).extend(
                    Run(archive.pk, first, last, bytes.fromhex(mac)) for first, last, mac in runs
                )
        for runs_of_stream in self.runs.values():
            runs_of_stream.sort(key=attrgetter("first"))
        return bool(new)

    def run_with(self, stream: str, sequence: int) -> Run | None:
        """The archived records of a stream that this one is among."""
        found = self._run_with(stream, sequence)
        return self._run_with(stream, sequence) if found is None and self.learn() else found

    def next_run(self, stream: str, after: int, before: float) -> Run | None:
        """The first archived records of a stream that begin between these sequences."""
        return next((run for run in self.runs.get(stream, ()) if after < run.first < before), None)

    def follows(self, stream: str, run: Run, mac: bytes) -> bool:
        """Whether a run's first record follows the one whose MAC is `mac`; True where its file was not looked at."""
        beginning = self.beginnings.get((stream, run.first))
        return beginning is None or is_chained(mac, beginning)

    def look_into(self, folder: Path, heads: Iterable[Head]) -> None:
        """Check the files in `folder`: that each is there, is the one that was written, and its records are chained;
        `heads` are records that must be in them, if they were archived."""
        expected: dict[tuple[str, int], bytes] = {(one.stream, one.sequence): one.mac for one in heads}
        for archive in TraceArchive.objects.filter(pk__in=self._names).order_by("begins_at", "pk"):
            if not is_genuine(archive):
                continue
            reading = Reading(folder / archive.pk)
            try:
                self.wrong += check_records(archive.pk, reading.lines(), expected, self.beginnings)
            except ArchiveBroken as broken:
                self.wrong.append(Wrong(archive.pk, broken.text))
            else:
                if reading.archive is None or reading.archive.mac != bytes(archive.mac):
                    self.wrong.append(Wrong(archive.pk, ANOTHER))
        for stranger in sorted({one.name for one in folder.glob(PATTERN)} - self._names):
            self.wrong += _check_stranger(folder / stranger)

    def _run_with(self, stream: str, sequence: int) -> Run | None:
        return next((run for run in self.runs.get(stream, ()) if run.first <= sequence <= run.last), None)


def check_records(
    archive: str,
    lines: Iterable[Line],
    expected: Mapping[tuple[str, int], bytes],
    beginnings: dict[tuple[str, int], Line],
) -> Iterator[Wrong]:
    """What is wrong about records of one archive among each other; the first of each run goes into `beginnings`."""
    last: dict[str, tuple[int, bytes]] = {}
    for line in lines:
        sequence, mac = last.get(line.stream, (0, b""))
        if mac and line.sequence <= sequence:
            yield Wrong(archive, CHANGED, line.stream, line.sequence)
        elif mac and line.sequence == sequence + 1:
            if not is_chained(mac, line):
                yield Wrong(archive, CHANGED, line.stream, line.sequence)
        else:
            beginnings[line.stream, line.sequence] = line
        if line.mac != expected.get((line.stream, line.sequence), line.mac):
            yield Wrong(archive, REPLACED, line.stream, line.sequence)
        last[line.stream] = line.sequence, line.mac


def is_chained(mac: bytes, line: Line) -> bool:
    """Whether a record follows the one whose MAC is `mac`."""
    try:
        trail_key().verify(mac, line.record, line.mac)
    except TrailBroken:
        return False
    return True


def _check_stranger(path: Path) -> Iterator[Wrong]:
    """A file that the database does not know of: one that a killed command left is good for nothing, but no forgery."""
    try:
        for _line in Reading(path).lines():
            pass
    except ArchiveBroken as broken:
        yield Wrong(path.name, broken.text)
