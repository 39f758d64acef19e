"""A file sealed in chunks opens whole and unchanged, or not at all."""

import io
import os

import pytest

from keys.crypto.backupfile import CHUNK_BYTES, FileKey, Head, Sealing, opened, read_head
from keys.crypto.errors import BackupRejected, BackupUnknown, WrappedRejected
from keys.crypto.primitives import TAG_BYTES

PIECE = CHUNK_BYTES + TAG_BYTES
FILE_KEY = FileKey(bytes(range(32)))
CONTENT = os.urandom(3 * CHUNK_BYTES + 100)


def sealed(content: bytes = CONTENT, description: bytes = b"{}", file_key: FileKey = FILE_KEY) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file, file_key, Head(b"wrapped", description))
    for place in range(0, len(content), 50_000):
        sealing.put(content[place : place + 50_000])
    sealing.end()
    return file.getvalue()


def open_all(data: bytes) -> bytes:
    file = io.BytesIO(data)
    return b"".join(opened(file, FILE_KEY, read_head(file)))


HEAD = len(sealed(b"")) - TAG_BYTES
SEALED = sealed()


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_content_of_any_length_comes_back(length: int) -> None:
    content = os.urandom(length)

    assert open_all(sealed(content)) == content


def test_a_changed_bit_anywhere_is_found() -> None:
    for place in [*range(HEAD), *range(HEAD, len(SEALED), 9_973), len(SEALED) - 1]:
        changed = bytearray(SEALED)
        changed[place] ^= 1
        with pytest.raises((BackupRejected, BackupUnknown)):
            open_all(bytes(changed))


@pytest.mark.parametrize(
    "length", [0, 5, 11, 12, 14, HEAD - 1, HEAD, HEAD + 1, HEAD + PIECE, HEAD + 3 * PIECE, len(SEALED) - 1]
)
def test_a_file_that_was_cut_is_refused(length: int) -> None:
    with pytest.raises((BackupRejected, BackupUnknown)):
        open_all(SEALED[:length])


def pieces() -> list[bytes]:
    return [SEALED[place : place + PIECE] for place in range(HEAD, len(SEALED), PIECE)]


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3), (0, 1, 1, 2, 3), (0, 2, 3), (1, 2, 3), (0, 1, 2, 3, 3), (3, 2, 1, 0)], ids=str
)
def test_chunks_in_another_order_repeated_or_left_out_are_refused(order: tuple[int, ...]) -> None:
    with pytest.raises(BackupRejected):
        open_all(SEALED[:HEAD] + b"".join(pieces()[one] for one in order))


def test_bytes_behind_the_end_are_refused() -> None:
    for more in (b"\0", bytes(PIECE), SEALED):
        with pytest.raises(BackupRejected):
            open_all(SEALED + more)


def test_a_chunk_of_another_file_under_the_same_key_is_refused() -> None:
    other = sealed(description=b"[]")

    with pytest.raises(BackupRejected):
        open_all(other[:HEAD] + SEALED[HEAD:])


def test_a_file_of_another_key_is_refused() -> None:
    with pytest.raises(BackupRejected):
        open_all(sealed(file_key=FileKey.generate()))


def test_other_files_and_newer_formats_are_named_as_such() -> None:
    with pytest.raises(BackupUnknown, match="no backup"):
        open_all(b"SQLite format 3\0" * 10)
    with pytest.raises(BackupUnknown, match="newer version"):
        open_all(SEALED[:11] + b"\x02" + SEALED[12:])


def test_a_file_key_opens_under_its_root_key_and_at_its_place_alone(root_key, other_root_key) -> None:
    wrapped = FILE_KEY.wrap(root_key)

    assert FileKey.unwrap(root_key, wrapped)._secret == FILE_KEY._secret
    for other, bytes_ in ((other_root_key, wrapped), (root_key, root_key.wrap(bytes(32), b"trail key"))):
        with pytest.raises(WrappedRejected):
            FileKey.unwrap(other, bytes_)


def test_neither_key_nor_content_shows_in_the_file_or_in_a_text() -> None:
    text = b"a text that nobody should read" * 10
    data = sealed(text)

    assert text[:16] not in data
    assert FILE_KEY._secret not in data
    assert repr(FILE_KEY) == "<FileKey>"
