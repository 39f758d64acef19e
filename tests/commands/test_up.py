"""`manage.py up`: the first start, the second, and the end."""

import re
import signal
import socket
import time

import httpx
import pytest

from tests.support.commands import files, is_json, opens, rows
from tests.support.servers import Server
from tests.support.tools import fresh_database

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def starts(tmp_path_factory):
    """A server and what its first and its second start said, left, and logged."""
    server = Server(tmp_path_factory.mktemp("up") / "data")
    found = []
    for _ in range(2):
        server.start()
        modes = {one.name: one.stat().st_mode & 0o777 for one in server.data_dir.rglob("*")}
        server.stop()
        found.append({"said": server.said(), "files": files(server.data_dir), "rows": rows(server), "modes": modes})
    return server, *found


def test_the_first_start_says_in_five_lines_where_the_console_is_and_how_to_sign_in(starts):
    server, first, _ = starts

    lines = first["said"].splitlines()

    password = (server.data_dir / "initial-password").read_text()
    assert len(lines) == 5
    assert lines[:4] == [
        f"The console is at {server.url}",
        "Account:   admin",
        "User:      admin",
        f"Password:  {password.strip()}",
    ]
    assert str(server.data_dir / "initial-password") in lines[4]
    assert re.fullmatch(r"[A-Za-z0-9]{24}\n", password)
    assert opens(server, "admin/admin", password.strip())


def test_a_second_start_says_one_line_without_the_password(starts):
    server, _, second = starts

    assert second["said"].startswith(f"The console is at {server.url}")
    assert second["said"].count("\n") == 1
    assert (server.data_dir / "initial-password").read_text().strip() not in second["said"]


def test_a_second_start_changes_nothing(starts):
    _, first, second = starts

    assert second["files"] == first["files"]
    assert second["rows"] == first["rows"]


def test_folder_and_files_are_closed_to_others(starts):
    server, first, _ = starts

    assert server.data_dir.stat().st_mode & 0o777 == 0o700
    database = {"kms.sqlite3"} if server.database == "sqlite" else set()
    assert {"root.key", "secret.key", "initial-password", "server.lock"} | database <= {*first["modes"]}
    assert [name for name, mode in first["modes"].items() if mode & 0o077] == []


def test_stderr_has_json_lines_only_and_no_secret(starts):
    server, _, _ = starts

    log = server.log()

    secrets = [(server.data_dir / name).read_text().strip() for name in ("root.key", "secret.key", "initial-password")]
    assert all(is_json(line) for line in log.splitlines())
    assert not any(secret in log for secret in secrets)


@pytest.mark.sqlite  # PostgreSQL's is elsewhere
def test_a_root_key_beside_its_database_is_warned_of(starts, known_server, tmp_path):
    server, _, _ = starts
    elsewhere = known_server(ROOT_KEY_FILE=str(tmp_path / "root.key"))
    (elsewhere.data_dir / "root.key").rename(tmp_path / "root.key")

    elsewhere.start()

    warning = "in the same folder as the database that it protects"
    assert warning in server.log()
    assert warning not in elsewhere.log()


@pytest.mark.without_database
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_5_seconds_though_connections_are_open(known_server, number):
    server = known_server()
    server.start()
    with httpx.Client(base_url=server.url) as client, socket.create_connection(("127.0.0.1", server.port)) as silent:
        assert client.get("/healthz").status_code == 200
        silent.sendall(b"GET /healthz HT")

        begun = time.monotonic()
        server.stop(number)

    assert time.monotonic() - begun < 5
    assert server.process.returncode == 0
    assert "Traceback" not in server.log()


@pytest.mark.without_database
@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.6])
def test_it_stops_as_quickly_while_it_starts(known_server, seconds):
    server = known_server()
    server.spawn()
    time.sleep(seconds)

    begun = time.monotonic()
    server.process.terminate()
    server.process.wait(10)

    assert time.monotonic() - begun < 5
    assert "Traceback" not in server.log()


def test_a_start_that_was_killed_again_and_again_is_got_over(new_server):
    server = new_server()
    for tenths in (3, 4, 5, 6, 7, 8, 10, 12):
        server.spawn()
        time.sleep(tenths / 10)
        server.kill()

    said = server.start()
    server.stop()

    assert said.startswith("The console is at")
    assert opens(server, "admin/admin", (server.data_dir / "initial-password").read_text().strip())
    assert "Traceback" not in server.log()


@pytest.mark.without_database
def test_workers_end_with_a_main_process_that_is_killed(known_server):
    server = known_server()
    server.start()

    server.kill()

    again = server.start()
    assert again.startswith("The console is at")


@pytest.mark.without_database
def test_a_first_password_from_a_file_is_not_kept_or_shown(new_server, tmp_path):
    given = tmp_path / "password"
    given.write_text("correct horse battery staple\n")
    server = new_server(ADMIN_PASSWORD_FILE=str(given))

    said = server.start()
    server.stop()

    assert len(said.splitlines()) == 5
    assert str(given) in said
    assert "correct horse" not in said
    assert not (server.data_dir / "initial-password").exists()
    assert opens(server, "admin/admin", "correct horse battery staple")


@pytest.mark.without_database
def test_with_the_root_key_in_the_environment_no_file_is_made(new_server, root_key_text):
    server = new_server(ROOT_KEY=root_key_text)

    server.start()
    server.stop()
    server.start()

    assert not (server.data_dir / "root.key").exists()


@pytest.mark.without_database
def test_no_process_of_it_leaves_a_core_dump(known_server):
    server = known_server()
    server.start()

    with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children") as file:
        children = file.read().split()

    assert children
    for pid in [str(server.process.pid), *children]:
        with open(f"/proc/{pid}/limits") as file:
            assert re.search(r"^Max core file size +0 +0 ", file.read(), re.MULTILINE)


@pytest.mark.postgresql
def test_nodes_that_start_at_once_on_one_database_make_one_account(new_server, root_key_text):
    with fresh_database() as url:
        nodes = [new_server(name, DATABASE_URL=url, ROOT_KEY=root_key_text) for name in ("one", "two", "three")]
        for node in nodes:
            node.spawn()
        for node in nodes:
            node.wait_until_ready()
            node.stop()

        assert sorted(node.said().count("\n") for node in nodes) == [1, 1, 5]
        kept = [one for node in nodes for one in node.data_dir.glob("initial-password")]
        assert len(kept) == 1
        assert opens(nodes[0], "admin/admin", kept[0].read_text().strip())


@pytest.mark.sqlite  # PostgreSQL has no file of ours
def test_a_stopped_server_leaves_a_database_file_that_has_everything(known_server):
    server = known_server()
    server.start()
    server.create_account("visitor")
    server.stop()

    log = server.data_dir / "kms.sqlite3-wal"
    assert not log.exists() or log.stat().st_size == 0
