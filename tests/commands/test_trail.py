"""`verifytraces` and `sweep`, while the server runs and after someone was at its files."""

import base64
import json
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.importing import encrypt_by_oaep
from tests.support.sdk import Sdk
from tests.support.servers import Server, copy_stopped, running

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def used(own_server: Server) -> tuple[Server, Sdk]:
    """A server of its own with some traces, and a client of it."""
    return own_server, busy(own_server)


def busy(server: Server) -> Sdk:
    sdk = Sdk(server, server.create_account(f"busy-{uuid.uuid4().hex[:8]}"))
    key_id = sdk.new_key(key_alias="orders")
    for _ in range(20):
        sdk.encrypt_data(key_id=key_id, plain_text="x")
    return sdk


@pytest.fixture(scope="session")
def used_once(started_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was stopped after it left some traces, to be copied."""
    folder: Path = tmp_path_factory.mktemp("used-once") / "data"
    copy_stopped(started_once, folder)
    with running(folder) as server:
        busy(server)
    return folder


@pytest.fixture
def left(new_server: Callable[..., Server], used_once: Path, tmp_path: Path) -> Server:
    """A server that does not run, with the traces that it left."""
    copy_stopped(used_once, tmp_path / "data")
    return new_server()


def verify(server: Server, *arguments: str) -> tuple[int, list[str]]:
    done = server.try_to_manage("verifytraces", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, done.stdout.splitlines()


def busiest(server: Server) -> str:
    """The stream of the serving process."""
    head = max((server.data_dir / "trail").glob("*.head"), key=lambda one: int(json.loads(one.read_text())["sequence"]))
    return str(json.loads(head.read_text())["stream"])


def test_an_intact_trail_is_verified_while_the_server_works(used: tuple[Server, Sdk]) -> None:
    server, sdk = used

    status, lines = verify(server)
    sdk.create_random(random_data_length="8")

    assert (status, len(lines)) == (0, 1)
    assert lines[-1].startswith("INTACT: ")
    assert verify(server)[0] == 0


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE console_trace SET user_name = 'nobody' WHERE sequence = 7 AND stream_id = '{}'", 7),
        ("DELETE FROM console_trace WHERE sequence = 7 AND stream_id = '{}'", 7),
        ("DELETE FROM console_trace WHERE sequence > 15 AND stream_id = '{}'", 16),
    ],
    ids=["changed", "missing", "cut"],
)
def test_what_was_done_to_a_record_is_found_and_named(left: Server, statement: str, sequence: int) -> None:
    stream = busiest(left)
    assert left.execute(statement.format(stream))

    status, lines = verify(left)

    assert status == 1
    assert f"stream {stream}, record {sequence}:" in lines[0]
    assert lines[-1].startswith("BROKEN: ")


def test_a_database_put_back_to_an_older_copy_shows(left: Server, tmp_path: Path) -> None:
    copy_stopped(left.data_dir, tmp_path / "copy")
    left.start()
    busy(left)
    left.stop()
    put_back(left, tmp_path / "copy")

    status, lines = verify(left)

    assert status == 1
    assert "cut off" in lines[0]


def put_back(server: Server, copy: Path) -> None:
    """Give the stopped server the database of a copy of its folder."""
    if server.database == "postgresql":
        server.settings["DATABASE_URL"] = databases.url_for(copy)
        return
    for name in ("kms.sqlite3", "kms.sqlite3-wal", "kms.sqlite3-shm"):
        (server.data_dir / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy(copy / name, server.data_dir / name)


def test_heads_that_were_logged_elsewhere_are_looked_for(left: Server, tmp_path: Path) -> None:
    log = tmp_path / "gathered.log"
    line = {"level": "INFO", "stream": busiest(left), "sequence": "99999", "mac": "00" * 32}
    log.write_text(f"something else\n{json.dumps(line)}\n")

    status, lines = verify(left, "--heads", str(log))

    assert status == 1
    assert f"stream {line['stream']}" in lines[0]


def test_due_keys_are_swept_by_command_and_by_the_server(used: tuple[Server, Sdk]) -> None:
    server, sdk = used
    first = sdk.new_key(key_alias="first")
    sdk.delete_key(key_id=first, pending_days="7")
    server.execute("UPDATE keys_key SET deletion_at = '2020-01-01 00:00:00+00:00' WHERE alias = 'first'")

    assert sdk.refusal("list_key_detail", key_id=first) == (404, "KMS.0207")
    assert server.manage("sweep").startswith("Destroyed 1 keys")
    assert server.manage("sweep").startswith("Destroyed 0 keys")
    assert verify(server)[0] == 0

    second = sdk.new_key(key_alias="second")
    sdk.delete_key(key_id=second, pending_days="7")
    server.execute("UPDATE keys_key SET deletion_at = '2020-01-01 00:00:00+00:00' WHERE alias = 'second'")
    server.stop()
    server.start()
    assert swept_within(server, seconds=20)


def test_expired_material_is_swept_by_command_and_its_end_traced(used: tuple[Server, Sdk]) -> None:
    server, sdk = used
    key_id = sdk.new_key(key_alias="imported", origin="external")
    made = sdk.create_parameters_for_import(key_id=key_id, wrapping_algorithm="RSAES_OAEP_SHA_256")
    encrypted = base64.b64encode(encrypt_by_oaep(base64.b64decode(made.public_key), bytes(32))).decode()
    sdk.import_key_material(key_id=key_id, import_token=made.import_token, encrypted_key_material=encrypted)
    server.execute("UPDATE keys_key SET material_expires_at = '2020-01-01 00:00:00+00:00' WHERE alias = 'imported'")
    server.execute("UPDATE keys_importticket SET expires_at = '2020-01-01 00:00:00+00:00'")

    assert "the expired material of 1 keys" in server.manage("sweep")
    assert "the expired material of 0 keys" in server.manage("sweep")
    left = "SELECT COUNT(*) FROM keys_keyversion v JOIN keys_key k ON k.id = v.key_id WHERE k.alias = 'imported'"
    assert count(server, f"{left} AND v.wrapped_material IS NOT NULL") == 0
    assert count(server, f"{left} AND v.wrapped_check_value IS NOT NULL") == 1
    assert count(server, "SELECT COUNT(*) FROM keys_importticket") == 0
    assert count(server, "SELECT COUNT(*) FROM console_trace WHERE name = 'expireKeyMaterial' AND status = 200") == 1
    assert verify(server)[0] == 0


def swept_within(server: Server, *, seconds: float) -> bool:
    """Whether the server itself destroys the material of the due key soon after its start."""
    left = (
        "SELECT COUNT(*) FROM keys_keyversion v JOIN keys_key k ON k.id = v.key_id "
        "WHERE k.alias = 'second' AND v.wrapped_material IS NOT NULL"
    )
    assert count(server, left.replace("'second'", "'orders'")) == 1
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if count(server, left) == 0:
            return True
        time.sleep(0.2)
    return False


def count(server: Server, question: str) -> int:
    ((number,),) = server.read(question)
    return int(number)
