"""`manage.py up` does not start where it can't work: one sentence, exit 1, nothing made that was not there."""

import os
import socket

import pytest

from console.serving.folder import OURS
from tests.support.commands import sentence


def refusal(server):
    return sentence(server.try_to_manage("up"))


@pytest.mark.without_database
def test_a_taken_port(new_server):
    server = new_server()
    with socket.create_server(("127.0.0.1", server.port)):
        said = refusal(server)

    assert f"Port {server.port} of 127.0.0.1 is taken" in said
    assert not server.data_dir.exists()


@pytest.mark.without_database
def test_a_port_that_another_server_shares(known_server):
    first, second = known_server(), known_server("second")
    first.start()
    second.port = first.port

    assert "is taken" in refusal(second)


@pytest.mark.parametrize("host", ["203.0.113.9", "no.such.host.invalid"])
@pytest.mark.without_database
def test_an_address_that_is_not_of_this_machine(new_server, host):
    assert "HOST" in refusal(new_server(HOST=host))


@pytest.mark.without_database
def test_a_folder_that_another_server_holds(known_server):
    first = known_server()
    first.start()
    second = known_server("second", DATA_DIR=str(first.data_dir))

    said = refusal(second)

    assert str(first.data_dir) in said
    assert f"process {first.process.pid}" in said


@pytest.mark.parametrize("folder", ["/proc/kms", "/dev/null/kms"])
@pytest.mark.without_database
def test_a_folder_that_can_t_be_made(new_server, folder):
    assert f"The folder {folder} can't be written" in refusal(new_server(DATA_DIR=folder))


@pytest.mark.without_database
def test_a_folder_that_can_t_be_written(new_server):
    server = new_server()
    server.data_dir.mkdir(mode=0o500)
    if os.geteuid() == 0:  # root may write everywhere but where the kernel lets nobody
        server = new_server(DATA_DIR="/proc/self/fd")

    assert "can't be written" in refusal(server)


@pytest.mark.without_database
def test_a_folder_that_is_open_to_others_and_holds_their_files(new_server):
    server = new_server()
    server.data_dir.mkdir()
    server.data_dir.chmod(0o755)
    (server.data_dir / "theirs").touch()

    assert "chmod 700" in refusal(server)
    assert server.data_dir.stat().st_mode & 0o777 == 0o755


def test_an_empty_folder_that_is_open_to_others_is_closed(new_server):
    server = new_server(ROOT_KEY="not a root key")
    server.data_dir.mkdir()
    server.data_dir.chmod(0o755)

    refusal(server)

    assert server.data_dir.stat().st_mode & 0o777 == 0o700
    assert {one.name for one in server.data_dir.iterdir()} <= {*OURS, "kms.sqlite3.lock"}


def test_a_missing_root_key_names_its_fingerprint_and_its_place_and_makes_no_other(known_server):
    server = known_server()
    path = server.data_dir / "root.key"
    path.rename(server.data_dir.parent / "root.key")

    said = refusal(server)

    assert str(path) in said
    assert "fingerprint" in said
    assert not path.exists()
    (server.data_dir.parent / "root.key").rename(path)
    server.start()


def test_a_wrong_root_key_names_both_fingerprints(known_server, root_key_text):
    said = refusal(known_server(ROOT_KEY=root_key_text))

    assert said.count("fingerprint") == 2


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [("not a key", 0o600, "malformed"), ("", 0o600, "malformed"), (None, 0o644, "chmod 600")],
)
def test_a_root_key_file_that_can_t_be_used(known_server, content, mode, expected):
    server = known_server()
    path = server.data_dir / "root.key"
    if content is not None:
        path.write_text(content)
    path.chmod(mode)

    said = refusal(server)

    assert expected in said
    assert str(path) in said


def test_a_folder_for_the_root_key_that_is_not_there(new_server, tmp_path):
    assert str(tmp_path / "absent") in refusal(new_server(ROOT_KEY_FILE=str(tmp_path / "absent" / "root.key")))


@pytest.mark.parametrize("content", ["short", "ÿ" * 60])
def test_a_secret_key_that_can_t_be_used(known_server, content):
    server = known_server()
    (server.data_dir / "secret.key").write_text(content)

    assert str(server.data_dir / "secret.key") in refusal(server)


def test_a_secret_key_that_can_t_be_made(known_server, tmp_path):
    assert str(tmp_path / "absent") in refusal(known_server(SECRET_KEY_FILE=str(tmp_path / "absent" / "secret.key")))


@pytest.mark.parametrize("hosts", ["127.0.0.1:{0}", "127.0.0.1:{0},localhost:{0}"])
def test_a_database_that_does_not_answer(new_server, unused_port, hosts):
    place = hosts.format(unused_port)

    said = refusal(new_server(DATABASE_URL=f"postgres://kms:hidden@{place}/kms"))

    assert f"kms at {place.replace(',', ', ')} " in said
    assert "hidden" not in said


@pytest.mark.sqlite  # PostgreSQL has no file of ours
def test_a_damaged_database(known_server):
    server = known_server()
    (server.data_dir / "kms.sqlite3").write_bytes(b"no database " * 1000)

    assert "not a database" in refusal(server)


@pytest.mark.parametrize(
    ("content", "expected"), [(None, "can't be read"), ("\n", "is empty"), ("short", "too short"), (b"\xff", "UTF-8")]
)
def test_a_first_password_that_can_t_be_used(new_server, tmp_path, content, expected):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    said = refusal(new_server(ADMIN_PASSWORD_FILE=str(path)))

    assert "ADMIN_PASSWORD_FILE" in said
    assert expected in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "eighty"),
        ("WORKERS", "-1"),
        ("LOG_LEVEL", "loud"),
        ("TRUSTED_PROXIES", "proxy"),
        ("DATABASE_URL", "mysql://localhost/kms"),
        ("PUBLIC_URL", "kms.example.org"),
        ("OIDC_ISSUER", "http://id.example.org"),
        ("OIDC_ISSUER", "https://id.example.org"),
        ("SESSION_IDLE", "0"),
    ],
)
@pytest.mark.without_database
def test_a_setting_that_makes_no_sense_is_named(new_server, name, value):
    assert name in refusal(new_server(**{name: value}))
