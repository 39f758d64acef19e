"""The keyring and its text form: one version wraps, each opens what it wrapped, and mistakes are refused."""

import base64
from pathlib import Path

import pytest

from keys.crypto.errors import RootKeyExists, RootKeyInvalid, RootKeyMissing, RootKeyNotCreated, WrappedRejected
from keys.crypto.keyring import Keyring
from keys.crypto.keytext import read_keys, text_of
from keys.crypto.providers import Moving, RootKeyFile, RootKeyText
from keys.crypto.rootkey import RootKey, root_key_version_of

ONE, TWO, THREE = (base64.b64encode(bytes(range(start, start + 32))).decode() for start in (0, 1, 2))


def fingerprint(text: str) -> str:
    return RootKey.from_text(text).fingerprint


@pytest.fixture
def file(tmp_path: Path) -> RootKeyFile:
    """The file of an installation with one root key, as it always was: bare base64."""
    path = tmp_path / "root.key"
    path.write_text(f"{ONE}\n")
    path.chmod(0o600)
    return RootKeyFile(path)


# The text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, {1: ONE}),
        (f"  {ONE}\n\n", {1: ONE}),
        (f"1 {ONE}", {1: ONE}),
        (f"7 {ONE}", {7: ONE}),
        (f"{ONE}\n2 {TWO}\n", {1: ONE, 2: TWO}),
        (f"1 {ONE}, 2 {TWO}", {1: ONE, 2: TWO}),
        (f"3\t{THREE}\r\n1 {ONE}\r\n", {1: ONE, 3: THREE}),
    ],
)
def test_each_version_stands_in_a_line_or_behind_a_comma(text, expected):
    keys = read_keys(text)

    assert {version: key.fingerprint for version, key in keys.items()} == {
        version: fingerprint(one) for version, one in expected.items()
    }
    assert all(key.version == version for version, key in keys.items())


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n,\n", f"0 {ONE}", f"02 {ONE}", f"-2 {ONE}", f"4294967296 {ONE}", f"two {ONE}", f"2 {ONE} {TWO}"),
        *(f"{ONE}\n{TWO}", f"{ONE}, 1 {TWO}", f"2 {ONE}\n2 {TWO}", f"{ONE}\n2 {ONE}", f"{ONE}\n2", f"# old\n{ONE}"),
        *(f"{ONE} 2 {TWO}", f"{ONE}; 2 {TWO}", f"2: {TWO}", f"2{TWO}"),
    ],
)
def test_whatever_could_be_a_mistake_is_refused_without_being_repeated(text):
    with pytest.raises(RootKeyInvalid) as refused:
        read_keys(text)

    assert ONE not in str(refused.value)


def test_what_is_written_is_read_and_a_first_version_alone_is_bare():
    several = read_keys(f"1 {ONE}\n12 {TWO}")

    assert text_of(several) == f"1 {ONE}\n12 {TWO}\n"
    assert text_of(read_keys(ONE)) == f"{ONE}\n"


# The file


def test_a_version_is_added_beside_the_others_in_a_file_of_mode_0600(file):
    file.add(2)

    keys = file.load()
    assert [*keys] == [1, 2]
    assert keys[1].fingerprint == fingerprint(ONE)
    assert file.path.stat().st_mode & 0o7777 == 0o600
    assert list(file.path.parent.iterdir()) == [file.path]


def test_what_a_kill_in_the_midst_of_writing_left_is_gone_with_the_next_writing(file):
    (file.path.parent / ".root.key.x1y2z3").write_text(TWO)

    file.add(2)

    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_file_that_is_a_link_stays_one(file, tmp_path):
    (tmp_path / "link").symlink_to(file.path)

    RootKeyFile(tmp_path / "link").add(2)

    assert (tmp_path / "link").is_symlink()
    assert [*file.load()] == [1, 2]


def test_a_version_that_is_there_is_never_replaced(file):
    file.add(2)
    before = file.path.read_text()

    with pytest.raises(RootKeyExists):
        file.add(2)

    assert file.path.read_text() == before


def test_old_versions_are_removed_and_the_others_stay(file):
    file.add(2)

    file.remove([1])

    assert [*file.load()] == [2]


def test_a_text_says_what_to_do_instead_of_changing():
    text = RootKeyText("ROOT_KEY", ONE)

    with pytest.raises(RootKeyNotCreated, match="openssl rand -base64 32"):
        text.add(2)
    with pytest.raises(RootKeyNotCreated, match="restart every server"):
        text.remove([1])


def test_root_keys_that_move_open_from_both_places_and_are_made_in_the_newer(file, tmp_path):
    newer = RootKeyFile(tmp_path / "newer.key")
    moving = Moving(newer, file)

    moving.add(2)

    assert [*moving.load()] == [1, 2]
    assert [*newer.load()] == [2]
    moving.remove([1])
    assert not file.path.exists()
    assert [*moving.load()] == [2]


def test_two_places_never_have_the_same_version(file, tmp_path):
    newer = RootKeyFile(tmp_path / "newer.key")
    newer.add(1)

    with pytest.raises(RootKeyInvalid, match="Version 1"):
        Moving(newer, file).load()


def test_root_keys_that_are_in_neither_place_are_missing(tmp_path):
    with pytest.raises(RootKeyMissing):
        Moving(RootKeyFile(tmp_path / "newer"), RootKeyFile(tmp_path / "older")).load()


# The keyring


def test_the_current_version_wraps_and_each_opens_what_it_wrapped(file):
    file.add(2)
    keyring = Keyring(file)
    keyring.use(1)
    first = keyring.wrap(b"plaintext", b"place")
    keyring.use(2)
    second = keyring.wrap(b"plaintext", b"place")

    assert [root_key_version_of(one) for one in (first, second)] == [1, 2]
    assert [keyring.unwrap(one, b"place") for one in (first, second)] == [b"plaintext"] * 2
    assert (keyring.version, keyring.fingerprint) == (2, file.load()[2].fingerprint)


def test_wrapping_anew_changes_the_version_and_nothing_else(file):
    file.add(2)
    keyring = Keyring(file)
    keyring.use(1)
    old = keyring.wrap(b"plaintext", b"place")
    keyring.use(2)

    new = keyring.rewrap(old, b"place")

    assert root_key_version_of(new) == 2
    assert keyring.unwrap(new, b"place") == b"plaintext"
    with pytest.raises(WrappedRejected):
        keyring.rewrap(old, b"elsewhere")


def test_a_version_made_meanwhile_by_another_process_is_taken_up_when_it_is_met(file):
    keyring = Keyring(file)
    file.add(2)
    wrapped = file.load()[2].wrap(b"plaintext")

    assert keyring.unwrap(wrapped) == b"plaintext"
    assert keyring.version == 1


def test_a_version_that_nobody_has_is_refused_as_anything_damaged(file):
    with pytest.raises(WrappedRejected):
        Keyring(file).unwrap(RootKey(bytes(32), version=9).wrap(b"plaintext"))


def test_a_known_version_that_becomes_another_key_is_refused_and_changes_nothing(file):
    keyring = Keyring(file)
    wrapped = keyring.wrap(b"plaintext")
    file.path.write_text(f"{TWO}\n2 {THREE}\n")

    with pytest.raises(RootKeyInvalid, match=fingerprint(TWO)):
        keyring.read_again()

    assert keyring.fingerprints == {1: fingerprint(ONE)}
    assert keyring.unwrap(wrapped) == b"plaintext"


def test_what_was_read_stays_though_the_file_goes(file):
    keyring = Keyring(file)
    file.path.unlink()

    with pytest.raises(RootKeyMissing):
        keyring.read_again()

    assert keyring.unwrap(keyring.wrap(b"plaintext")) == b"plaintext"


def test_a_keyring_shows_versions_alone(file):
    file.add(2)

    assert repr(Keyring(file)) == "<Keyring of versions 1, 2, current 2>"
