"""The vectors of docs/backup-format.md are what the code makes, and a decoder written from the page opens them."""

import hashlib
import io
import re
from pathlib import Path

import pytest

from keys.crypto.backupfile import _CONTEXT, FileKey, Head, Sealing, opened, read_head
from keys.crypto.rootkey import RootKey
from tests.crypto.backup_decoder import decode

PAGE = (Path(__file__).parents[2] / "docs" / "backup-format.md").read_text()
FIELD = re.compile(r"^([a-z][a-z0-9 ]*?) += ((?:[0-9a-f]+ ?)+(?:\n {18}[0-9a-f ]+)*)$", re.MULTILINE)
VECTOR = {name: bytes.fromhex(value.replace("\n", " ")) for name, value in FIELD.findall(PAGE)}
CONTENTS = [VECTOR["content"], bytes(65_536) + VECTOR["content"]]


def made(content: bytes) -> bytes:
    """The file of the page that holds `content`."""
    file = io.BytesIO()
    sealing = Sealing(file, FileKey(VECTOR["file key"]), Head(VECTOR["wrapped"], VECTOR["description"]))
    sealing.put(content)
    sealing.end()
    return file.getvalue()


def test_the_code_wraps_the_file_key_to_the_bytes_of_the_page() -> None:
    root_key = RootKey(VECTOR["root key"])

    assert root_key._wrap_with_nonce(VECTOR["wrapping nonce"], VECTOR["file key"], _CONTEXT) == VECTOR["wrapped"]


def test_the_code_makes_the_files_of_the_page() -> None:
    short, long = map(made, CONTENTS)

    assert short == VECTOR["file"]
    assert (len(long), hashlib.sha256(long).digest()) == (65_677, VECTOR["sha256"])


def test_what_the_page_says_on_the_way_there_is_so() -> None:
    head = Head(VECTOR["wrapped"], VECTOR["description"])
    chunks = FileKey(VECTOR["file key"])._chunks(head.encoded)

    assert (chunks._head_digest, chunks._secret) == (VECTOR["head digest"], VECTOR["chunk key"])


@pytest.mark.parametrize("content", CONTENTS, ids=["one chunk", "two chunks"])
def test_the_code_and_a_decoder_written_from_the_page_open_them(content: bytes) -> None:
    file = io.BytesIO(made(content))
    head = read_head(file)
    file_key = FileKey.unwrap(RootKey(VECTOR["root key"]), head.wrapped_file_key)

    assert b"".join(opened(file, file_key, head)) == content
    assert decode(VECTOR["root key"], file.getvalue()) == (VECTOR["description"], content)


def test_the_decoder_has_at_most_60_lines_and_knows_nothing_of_ours() -> None:
    text = (Path(__file__).parent / "backup_decoder.py").read_text()

    assert len(text.splitlines()) <= 60
    assert not {"keys", "console"} & {*re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)}
