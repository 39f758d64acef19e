"""Root keys under a passphrase: what was exported comes back whole, and whatever was changed is refused."""

import base64

import pytest

from keys.crypto.errors import ExportRejected
from keys.crypto.exporting import BEGIN, END, _export_with_header, export_keys, import_keys
from keys.crypto.rootkey import RootKey

KEYS = {1: RootKey(bytes(range(32))), 300: RootKey(bytes(range(1, 33)), 300)}
PASSPHRASE = "correct horse battery ständer"
QUICK = b"\x01" + bytes([14, 8, 1])
"""Format and the derivation that takes least: 2^14, which is an eighth of what is written."""


@pytest.fixture(scope="module")
def exported() -> str:
    return _export_with_header(QUICK + bytes(range(28)), KEYS, PASSPHRASE)


def changed(text: str, at: int, by: int) -> str:
    """The export with one byte of what its Base64 stands for changed."""
    whole = bytearray(base64.b64decode("".join(text.splitlines()[1:-1])))
    whole[at] ^= by
    return f"{BEGIN}\n{base64.b64encode(whole).decode()}\n{END}\n"


def test_all_versions_come_back():
    exported = export_keys(KEYS, PASSPHRASE)

    imported = import_keys(f"\n{exported}\r\n", PASSPHRASE)

    assert {version: key.fingerprint for version, key in imported.items()} == {
        version: key.fingerprint for version, key in KEYS.items()
    }


def test_an_export_shows_no_key(exported):
    assert not any(key._text()[:20] in exported for key in KEYS.values())


@pytest.mark.parametrize(("at", "by"), [(2, 0), (4, 1), (20, 1), (33, 1), (-1, 1)])
def test_another_passphrase_and_any_changed_byte_are_refused_alike(exported, at, by):
    given = PASSPHRASE if by else PASSPHRASE.upper()

    with pytest.raises(ExportRejected, match="does not open"):
        import_keys(changed(exported, at, by), given)


@pytest.mark.parametrize(("at", "by"), [(1, 64), (1, 3), (1, 29), (2, 1), (3, 1), (3, 128)])
def test_a_derivation_that_asks_for_more_memory_or_time_is_refused_before_it_begins(exported, at, by):
    with pytest.raises(ExportRejected, match="derivation"):
        import_keys(changed(exported, at, by), PASSPHRASE)


def test_what_is_no_export_or_not_all_of_one_is_told(exported):
    lines = exported.splitlines()
    for text in ("", "no export", BEGIN, f"{BEGIN}\n{END}", "\n".join(lines[:-1]), "\n".join([lines[0], lines[-1]])):
        with pytest.raises(ExportRejected, match="no export"):
            import_keys(text, PASSPHRASE)
    with pytest.raises(ExportRejected, match="no export"):
        import_keys(changed(exported, 0, 2), PASSPHRASE)  # another format


def test_a_short_passphrase_is_refused():
    with pytest.raises(ExportRejected, match="12 characters"):
        export_keys(KEYS, "elevenchars")
