"""`manage.py backup` and `checkbackup`: what is in the file, what is not, and what is refused."""

import base64
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console import protection
from console.transfer.backups import check_backup
from console.transfer.tables import LEFT_OUT
from keys.crypto.errors import BackupRejected
from tests.crypto.backup_decoder import decode, frames
from tests.support.commands import sentence
from tests.support.sdk import Sdk
from tests.support.servers import ROOT, Server
from tests.transfer.conftest import ON_SQLITE, Installation

pytestmark = [
    pytest.mark.without_database,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def content_of(installation: Installation, sealed: bytes) -> tuple[dict[str, Any], list[list[Any]]]:
    root_key = base64.b64decode(installation.known["root_key"])
    description, content = decode(root_key, sealed)
    return json.loads(description), list(frames(content))


def test_a_decoder_written_from_the_page_finds_every_row_in_it(lived_in: Installation) -> None:
    description, found = content_of(lived_in, lived_in.backup.read_bytes())

    tables = {frame[1] for frame in found if frame[0] == "table"}
    counts = {name: rows for name, (rows, _) in found[-1][1].items()}
    with closing(sqlite3.connect(lived_in.folder / "kms.sqlite3")) as plain:
        stored = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in ("keys_key", "keys_keyversion", "console_accesskey"):
            assert counts[name] == plain.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]  # noqa: S608 - the three names above
    assert tables == {*counts} == stored - LEFT_OUT - {"sqlite_sequence"}
    assert description["database"] == "sqlite"
    assert ["keys", "0001_initial"] in description["migrations"]


def test_nothing_secret_is_readable_in_the_file(lived_in: Installation) -> None:
    sealed = lived_in.backup.read_bytes()
    with closing(sqlite3.connect(lived_in.folder / "kms.sqlite3")) as plain:
        wrapped = [bytes(one) for (one,) in plain.execute("SELECT wrapped_material FROM keys_keyversion WHERE 1")]
        passwords = [one.encode() for (one,) in plain.execute("SELECT password FROM console_user")]
    root_key = lived_in.known["root_key"].encode()
    words = [*wrapped, *passwords, root_key, base64.b64decode(root_key), b"northwind", b"AES_256", b"payments"]

    assert not any(word in sealed for word in words)


def test_the_file_is_its_owner_s_alone_and_the_last_line_says_what_it_holds(copy_of: Callable[..., Server]) -> None:
    server = copy_of()
    path = server.data_dir / "a.kmsbackup"

    said = server.manage("backup", str(path))
    checked = server.manage("checkbackup", str(path))

    assert path.stat().st_mode & 0o777 == 0o600
    assert re.search(r"2 accounts, 9 keys, [\d,]+ traces; made by version", said)
    assert re.search(
        r"SHA-256 [0-9a-f]{64}; opens with the root key with the fingerprint [0-9a-f]{16}\.$", said.strip()
    )
    assert checked.removeprefix("Whole: ") == said.removeprefix("Backup ")
    assert [one.name for one in server.data_dir.glob(".*")] == []
    assert "There is a file at" in sentence(server.try_to_manage("backup", str(path)))


def test_a_backup_led_into_a_program_is_the_same(copy_of: Callable[..., Server], lived_in: Installation) -> None:
    server = copy_of()

    done = subprocess.run(
        [sys.executable, "manage.py", "backup", "-"], cwd=ROOT, env=server.environment, capture_output=True, check=True
    )

    assert content_of(lived_in, done.stdout)[1] == content_of(lived_in, lived_in.backup.read_bytes())[1]
    assert b"SHA-256" in done.stderr


def test_a_backup_under_load_is_of_one_moment(copy_of: Callable[..., Server], lived_in: Installation) -> None:
    server = copy_of()
    server.start()
    sdk, stop = Sdk(server, lived_in.known["account"]), threading.Event()

    def call() -> None:
        while not stop.is_set():
            sdk.encrypt_data(key_id=lived_in.known["keys"]["AES_256"], plain_text="x")

    clients = [threading.Thread(target=call) for _ in range(3)]
    for one in clients:
        one.start()
    paths = [server.data_dir / f"{number}.kmsbackup" for number in range(2)]
    try:
        for path in paths:
            server.manage("backup", str(path))
    finally:
        stop.set()
        for one in clients:
            one.join()

    traces = [of_one_moment(lived_in, path) for path in paths]
    assert traces[0] < traces[1]


def of_one_moment(installation: Installation, path: Path) -> int:
    """How many traces a backup has, after a look that the calls counted in it are those traced in it."""
    columns: dict[str, list[str]] = {}
    rows: dict[str, list[list[Any]]] = {}
    for frame in content_of(installation, path.read_bytes())[1]:
        if frame[0] == "table":
            name = frame[1]
            columns[name], rows[name] = [one for one, _ in frame[2]], []
        elif frame[0] == "rows":
            rows[name] += frame[1]
    place = columns["console_trace"].index("name")
    traced = sum(row[place] == "encryptData" for row in rows["console_trace"])
    calls, operation = (columns["console_callcount"].index(one) for one in ("calls", "operation"))
    assert traced == sum(row[calls] for row in rows["console_callcount"] if row[operation] == "encryptData")
    return len(rows["console_trace"])


def test_a_damaged_backup_is_refused_whatever_of_it_is(lived_in: Installation, tmp_path: Path, settings) -> None:
    settings.ROOT_KEY = lived_in.known["root_key"]
    protection.forget()
    whole, path = lived_in.backup.read_bytes(), tmp_path / "damaged.kmsbackup"
    version = whole.index(b'"1.0.0"')
    places = (16, 60, version + 2, len(whole) // 2, len(whole) - 1)
    for damaged in (*(flipped(whole, one) for one in places), whole[:-1], whole[: len(whole) // 2], whole + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(BackupRejected):
            check_backup(path)
    path.write_bytes(whole)
    assert check_backup(path).size == len(whole)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_what_can_t_be_backed_up_or_checked_is_named(
    copy_of: Callable[..., Server], lived_in: Installation, tmp_path: Path
) -> None:
    other = base64.b64encode(bytes(range(1, 33))).decode()
    wrong = copy_of("wrong", ROOT_KEY=other)

    said = sentence(wrong.try_to_manage("backup", str(tmp_path / "x.kmsbackup")))
    assert said.count("fingerprint") == 2
    said = sentence(wrong.try_to_manage("checkbackup", str(lived_in.backup)))
    assert said.count("fingerprint") == 2
    server = Server(lived_in.folder, ON_SQLITE)
    assert "can't be written" in sentence(server.try_to_manage("backup", str(tmp_path / "absent" / "x")))
    assert "can't be read" in sentence(server.try_to_manage("checkbackup", str(tmp_path / "absent")))
    assert [*tmp_path.glob("*.kmsbackup")] == []
