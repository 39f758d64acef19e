"""The root key's file: made once, whole, for its owner alone; never replaced."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keys.crypto.errors import RootKeyExists, RootKeyInvalid, RootKeyMissing, RootKeyNotCreated
from keys.crypto.keyfile import is_open_to_others
from keys.crypto.providers import RootKeyFile
from keys.crypto.rootkey import RootKey


def create_root_key_file(path: Path) -> RootKey:
    file = RootKeyFile(path)
    file.add(1)
    return file.load()[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def test_a_new_file_holds_the_returned_key_for_its_owner_alone(path):
    created = create_root_key_file(path)

    read = RootKeyFile(path).load()[1]
    assert (read.fingerprint, read.version) == (created.fingerprint, 1)
    assert read.unwrap(created.wrap(b"plaintext")) == b"plaintext"
    assert path.stat().st_mode & 0o7777 == 0o600
    assert path.stat().st_nlink == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_mode_does_not_depend_on_the_umask(path, umask):
    before = os.umask(umask)
    try:
        create_root_key_file(path)
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o7777 == 0o600


def test_two_new_files_hold_different_keys(tmp_path):
    first, second = (create_root_key_file(tmp_path / name) for name in ("first", "second"))

    assert first.fingerprint != second.fingerprint


def test_an_existing_file_is_never_overwritten(path):
    path.write_text("whatever it is")

    with pytest.raises(RootKeyExists, match=re.escape(str(path))):
        create_root_key_file(path)

    assert path.read_text() == "whatever it is"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_never_replaced(path):
    path.symlink_to(path.parent / "unmounted" / "root.key")

    with pytest.raises(RootKeyExists):
        create_root_key_file(path)

    assert path.is_symlink()


def test_of_many_that_create_at_once_one_succeeds_and_all_read_its_key(path):
    def start(_: int) -> str:
        try:
            return "created " + create_root_key_file(path).fingerprint
        except RootKeyExists:
            return "read " + RootKeyFile(path).load()[1].fingerprint

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(start, range(64)))

    assert sum(outcome.startswith("created") for outcome in outcomes) == 1
    assert len({outcome.split()[1] for outcome in outcomes}) == 1


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    path = tmp_path / "no folder" / "root.key"

    with pytest.raises(RootKeyNotCreated, match=re.escape(str(path))):
        create_root_key_file(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(RootKeyMissing, match=re.escape(str(path))):
        RootKeyFile(path).load()[1]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777])
def test_a_file_open_to_others_is_refused(path, mode):
    create_root_key_file(path)
    path.chmod(mode)

    with pytest.raises(RootKeyInvalid, match="chmod 600"):
        RootKeyFile(path).load()[1]


def status_of(mode, owner):
    return os.stat_result((0o100000 | mode, 0, 0, 1, owner, owner, 0, 0, 0, 0))


def test_a_file_of_root_may_be_read_by_one_group_since_systemd_hands_out_credentials_so():
    others = range(0o1000)

    closed = [mode for mode in others if not is_open_to_others(status_of(mode, 0), 10001)]
    closed_of_his_own = [mode for mode in others if not is_open_to_others(status_of(mode, 10001), 10001)]
    closed_for_root = [mode for mode in others if not is_open_to_others(status_of(mode, 0), 0)]

    assert closed == [mode for mode in others if mode & 0o037 == 0]
    assert closed_of_his_own == closed_for_root == [mode for mode in others if mode & 0o077 == 0]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_closed_to_others_is_read(path, mode):
    created = create_root_key_file(path)
    path.chmod(mode)

    assert RootKeyFile(path).load()[1].fingerprint == created.fingerprint


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff\xfe" * 16, b"A" * 5000, b"A" * 43 + b"=" + b"\nmore"])
def test_a_malformed_file_is_refused_and_named(path, content):
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(RootKeyInvalid, match=re.escape(str(path))) as caught:
        RootKeyFile(path).load()[1]

    assert not content or str(content)[2:-1] not in str(caught.value)


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(RootKeyInvalid, match="can't be read"):
        RootKeyFile(tmp_path).load()
