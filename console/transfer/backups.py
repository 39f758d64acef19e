"""Backups: one file that holds an installation, sealed under its root key. The format is in `docs/backup-format.md`."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from django.core.management.base import CommandError

from console import VERSION
from console.protection import RootKeyWrong, root_keys
from console.transfer.progress import Advance, progress
from console.transfer.tables import PROTECTION, Column, Database, Kind, Migrations, Row, Table, Tally
from keys.crypto.backupfile import FileKey, Head, Readable, Sealing, Writable, opened, read_head
from keys.crypto.encoding import NUMBER_BYTES, number, read_number
from keys.crypto.errors import BackupRejected, WrappedRejected
from keys.crypto.keyring import Keyring

TOLD: Final = {"console_account": "accounts", "keys_key": "keys", "console_trace": "traces"}
LEVEL: Final = 3
"""Of zlib's nine: the smallest that is worth its time."""
MOST_AT_ONCE: Final = 1 << 20
"""Bytes that are unpacked at one time."""


class Description(msgspec.Struct, frozen=True):
    """What a backup says of itself in the open."""

    program: str
    made_at: str
    database: str
    root_key_version: int
    root_key_fingerprint: str
    migrations: Migrations


class TableOf(msgspec.Struct, array_like=True, tag="table"):
    """The rows that follow are of this table."""

    name: str
    columns: Sequence[tuple[str, Kind]]


class RowsOf(msgspec.Struct, array_like=True, tag="rows"):
    """Some rows of the table that was named last."""

    rows: list[Row]


class End(msgspec.Struct, array_like=True, tag="end"):
    """Nothing follows; by table the number of rows and their digest."""

    tables: dict[str, tuple[int, str]]


Frame = TableOf | RowsOf | End
Tallies = dict[str, tuple[int, str]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written, or read whole."""

    description: Description
    tables: Tallies
    size: int
    sha256: str

    def __str__(self) -> str:
        about = self.description
        return (
            f"{told(self.tables)}; made by version {about.program} at {about.made_at}; {self.size:,} bytes, "
            f"SHA-256 {self.sha256}; opens with the root key with the fingerprint {about.root_key_fingerprint}."
        )


def write_backup(database: Database, vendor: str, file: Writable) -> Backup:
    """Write all that `database` holds, as it stands at this moment, to `file`.

    CommandError where this process has another root key than the database, which could open nothing of it."""
    written = _Measured(file, lambda _bytes: None)
    with database.snapshot():
        tables = database.tables()
        keyring = _own_root_keys(database, tables)
        description = Description(
            program=VERSION,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=vendor,
            root_key_version=keyring.version,
            root_key_fingerprint=keyring.fingerprint,
            migrations=database.migrations(),
        )
        file_key = FileKey.generate()
        head = Head(file_key.wrap(keyring), msgspec.json.encode(description))
        frames, tallies = _Frames(Sealing(written, file_key, head)), Tallies()
        with progress("Backup", sum(map(database.count, tables))) as advance:
            for table in tables:
                frames.put(TableOf(table.name, list(table.columns)))
                tally = Tally()
                for rows in database.rows(table):
                    tally.add(rows)
                    frames.put(RowsOf(rows))
                    advance(len(rows))
                tallies[table.name] = tally.told
        frames.put(End(tallies))
        frames.end()
    return Backup(description, tallies, written.size, written.sha256.hexdigest())


class Reading:
    """A backup that is read, once, from its beginning to its end."""

    def __init__(self, file: Readable, advance: Advance) -> None:
        """Read the head; `advance` is called with the bytes read since.

        Raises BackupUnknown, BackupRejected; CommandError where another root key opens it."""
        self._file = _Measured(file, advance)
        head = read_head(self._file)
        try:
            self.description = msgspec.json.decode(head.description, type=Description)
        except msgspec.MsgspecError:
            raise BackupRejected from None
        keyring, fingerprint = root_keys(), self.description.root_key_fingerprint
        if not keyring.holds(self.description.root_key_version, fingerprint):
            raise CommandError(
                f"The backup opens with the root key with the fingerprint {fingerprint}, and the settings name the one "
                f"with the fingerprint {', '.join(keyring.fingerprints.values())}: set ROOT_KEY_FILE or ROOT_KEY to "
                "that key."
            )
        try:
            file_key = FileKey.unwrap(keyring, head.wrapped_file_key)
        except WrappedRejected:
            raise BackupRejected from None
        self._frames = _frames_of(opened(self._file, file_key, head))
        self._whole: Backup | None = None

    @property
    def whole(self) -> Backup:
        """The backup, once all of it was read. Raises BackupRejected before."""
        if self._whole is None:
            raise BackupRejected
        return self._whole

    def tables(self) -> Iterator[tuple[Table, Iterator[list[Row]]]]:
        """Each table with its rows in batches, which have to be read before the next table is.

        Raises BackupRejected, at the end at the latest, where anything differs from what was written."""
        tallies, frame = Tallies(), next(self._frames, None)
        while isinstance(frame, TableOf):
            tally, following = Tally(), list[Frame]()
            yield Table(frame.name, tuple(Column(*one) for one in frame.columns)), self._rows(tally, following)
            tallies[frame.name], frame = tally.told, following[0]
        if not isinstance(frame, End) or frame.tables != tallies or next(self._frames, None) is not None:
            raise BackupRejected
        self._whole = Backup(self.description, tallies, self._file.size, self._file.sha256.hexdigest())

    def _rows(self, tally: Tally, following: list["Frame"]) -> Iterator[list[Row]]:
        for frame in self._frames:
            if not isinstance(frame, RowsOf):
                following.append(frame)
                return
            tally.add(frame.rows)
            yield frame.rows
        raise BackupRejected


@contextmanager
def reading(path: Path, title: str) -> Iterator[Reading]:
    """The backup at `path`, with a bar of that title. Raises what `Reading` does."""
    try:
        with path.open("rb") as file, progress(title, path.stat().st_size, "B") as advance:
            yield Reading(file, advance)
    except OSError as error:
        raise CommandError(f"The backup {path} can't be read ({error.strerror}): correct its path.") from None


def check_backup(path: Path) -> Backup:
    """Read a backup whole and keep nothing of it. Raises what `Reading` does."""
    with reading(path, "Check") as backup:
        for _table, batches in backup.tables():
            for _rows in batches:
                pass
        return backup.whole


def told(tables: Tallies) -> str:
    """What people are told of the rows that there are."""
    return ", ".join(f"{tables[name][0]:,} {title}" for name, title in TOLD.items() if name in tables)


class _Measured:
    """A file, how many bytes of it went through, and their digest."""

    def __init__(self, file: Any, advance: Advance) -> None:
        self._file, self._advance = file, advance
        self.size, self.sha256 = 0, hashlib.sha256()

    def read(self, size: int) -> bytes:
        return self._seen(self._file.read(size))

    def write(self, content: bytes) -> None:
        self._file.write(self._seen(content))

    def _seen(self, content: bytes) -> bytes:
        self.size += len(content)
        self.sha256.update(content)
        self._advance(len(content))
        return content


class _Frames:
    """Frames on their way into a file: each behind its length, all compressed as one."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing, self._packing = sealing, zlib.compressobj(LEVEL)

    def put(self, frame: Frame) -> None:
        encoded = _encode(frame)
        self._sealing.put(self._packing.compress(number(len(encoded)) + encoded))

    def end(self) -> None:
        self._sealing.put(self._packing.flush())
        self._sealing.end()


def _frames_of(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """The frames in a file's content. Raises BackupRejected where it does not end with one."""
    unpacking, waiting = zlib.decompressobj(), bytearray()
    try:
        for chunk in chunks:
            while chunk:
                waiting += unpacking.decompress(chunk, MOST_AT_ONCE)
                chunk = unpacking.unconsumed_tail  # noqa: PLW2901 - what is left of it
                while len(waiting) >= NUMBER_BYTES:
                    end = NUMBER_BYTES + read_number(bytes(waiting[:NUMBER_BYTES]))
                    if len(waiting) < end:
                        break
                    yield _decode(memoryview(waiting)[NUMBER_BYTES:end].tobytes())
                    del waiting[:end]
    except (zlib.error, msgspec.MsgspecError):
        raise BackupRejected from None
    if waiting or not unpacking.eof or unpacking.unused_data:
        raise BackupRejected


def _own_root_keys(database: Database, tables: Iterable[Table]) -> Keyring:
    """The root keys, the one current that the database says is."""
    table = next((one for one in tables if one.name == PROTECTION), None)
    rows = [row for batch in database.rows(table) for row in batch] if table else []
    if table is None or not rows:
        raise CommandError("This database has no root key yet: start the server once.")
    version, fingerprint = (rows[0][table.names.index(one)] for one in ("root_key_version", "root_key_fingerprint"))
    keyring = root_keys()
    if not keyring.holds(version, fingerprint):
        raise RootKeyWrong(found=", ".join(keyring.fingerprints.values()), expected=fingerprint)
    keyring.use(version)
    return keyring
