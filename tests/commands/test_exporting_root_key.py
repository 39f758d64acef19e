"""`exportrootkey` and `importrootkey`: what is written, and what is left as it is."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from console import protection
from keys.crypto.providers import RootKeyFile

PASSPHRASE = "correct horse battery staple"
pytestmark = pytest.mark.django_db
Run = Callable[..., str]


@pytest.fixture
def file(tmp_path: Path, settings) -> RootKeyFile:
    """The root key that protects the tests' database, in a file."""
    path = tmp_path / "root.key"
    path.write_text(f"{settings.ROOT_KEY}\n")
    path.chmod(0o600)
    settings.ROOT_KEY, settings.ROOT_KEY_FILE = "", path
    protection.forget()
    return RootKeyFile(path)


@pytest.fixture
def run(monkeypatch) -> Run:
    """Runs a command and returns what it said, were it a refusal."""

    def run(name: str, path: Path, passphrase: str = PASSPHRASE) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{passphrase}\n"))
        said = io.StringIO()
        try:
            call_command(name, str(path), passphrase_stdin=True, stdout=said)
        except SystemExit as refused:
            return f"Refused: {refused}"
        return said.getvalue()

    return run


@pytest.fixture
def export(file: RootKeyFile, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An export of the root key, by a derivation that takes an eighth of the time."""
    monkeypatch.setattr("keys.crypto.exporting._LOG_N", 14)
    path = tmp_path / "export"
    assert "Wrote the root key" in run("exportrootkey", path)
    return path


def test_an_export_is_closed_to_others_shows_no_key_and_replaces_nothing(file, export, run):
    written = export.read_text()

    assert file.path.read_text().strip() not in written
    assert "already a file" in run("exportrootkey", export)
    assert export.read_text() == written


def test_a_lost_file_is_brought_back_as_it_was(file, export, run):
    before = file.path.read_text()
    file.path.unlink()

    assert run("importrootkey", export).startswith("Wrote version 1 (")

    assert file.path.read_text() == before
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert "has all of it already" in run("importrootkey", export)


def test_an_older_version_comes_beside_those_that_are_there(file, export, run):
    file.add(2)
    newer = file.load()[2]
    file.remove([1])
    protection.Protection.objects.update(root_key_version=2, root_key_fingerprint=newer.fingerprint)

    assert run("importrootkey", export).startswith("Wrote version 1 (")

    assert [*file.load()] == [1, 2]


def test_another_root_key_is_never_replaced(file, export, run):
    other = f"{base64.b64encode(bytes(32)).decode()}\n"
    file.path.write_text(other)

    assert "is not the export's" in run("importrootkey", export)
    assert file.path.read_text() == other


def test_a_root_key_that_does_not_protect_the_database_is_not_written(file, export, run):
    file.path.unlink()
    protection.Protection.objects.update(root_key_fingerprint="0123456789abcdef")

    assert "nothing was written" in run("importrootkey", export)
    assert not file.path.exists()


@pytest.mark.parametrize(
    ("name", "passphrase", "expected"),
    [
        ("exportrootkey", "elevenchars", "12 characters"),
        ("importrootkey", PASSPHRASE, "can't be read"),
    ],
)
def test_what_can_t_be_done_is_said_and_leaves_nothing(file, tmp_path, run, name, passphrase, expected):
    assert expected in run(name, tmp_path / "nothing", passphrase)
    assert not (tmp_path / "nothing").exists()


def test_where_nobody_types_a_passphrase_comes_from_stdin(file, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(SystemExit, match="--passphrase-stdin"):
        call_command("exportrootkey", str(tmp_path / "export"))


@pytest.mark.parametrize("name", ["exportrootkey", "importrootkey"])
def test_a_token_gives_its_keys_to_nobody(settings, tmp_path, run, name):
    settings.ROOT_KEY_PKCS11 = "/usr/lib/softhsm/libsofthsm2.so"
    protection.forget()

    assert "token's own backup" in run(name, tmp_path / "export")


def test_an_import_beside_a_root_key_in_the_environment_would_not_be_read(tmp_path, run):
    assert "unset it first" in run("importrootkey", tmp_path / "export")
