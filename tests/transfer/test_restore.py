"""`manage.py restore`: all or nothing, on either database, and what is told of it."""

import base64
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import files, rows, sentence
from tests.support.devices import set_up_app, token_by
from tests.support.installations import wrong_in
from tests.support.sdk import Sdk
from tests.support.servers import ROOT, Server, running
from tests.support.tools import fresh_database
from tests.support.visitors import Visitor
from tests.transfer.conftest import ON_SQLITE, Installation, held

pytestmark = [
    pytest.mark.without_database,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_in_place_of_a_damaged_database_everything_works_as_before(
    copy_of: Callable[..., Server], lived_in: Installation
) -> None:
    server = copy_of()
    (server.data_dir / "kms.sqlite3").write_bytes(b"no database " * 1000)

    said = server.manage("restore", "--replace", str(lived_in.backup))
    server.start()

    assert "which ones can't be known" in said
    assert "The trail: INTACT" in said
    assert wrong_in(server, lived_in.known) == []
    with Visitor(server, lived_in.known["account"], region=lived_in.known["region"]) as visitor:
        assert visitor.http.get(visitor.path(f"kms/keys/{lived_in.known['keys']['AES_256']}")).status_code == 200


@pytest.mark.postgresql
def test_from_sqlite_to_postgresql_and_back(
    empty: Callable[..., Server], copy_of: Callable[..., Server], lived_in: Installation, tmp_path: Path
) -> None:
    with fresh_database() as url:
        server = empty(DATABASE_URL=url)
        server.manage("restore", str(lived_in.backup))
        refused = server.try_to_manage("restore", str(lived_in.backup))
        server.start()
        assert wrong_in(server, lived_in.known) == []
        in_use = server.try_to_manage("restore", "--replace", str(lived_in.backup))
        Sdk(server, lived_in.known["account"]).new_key(key_alias="made-on-PostgreSQL")
        name, password = (lived_in.known["account"]["user"][word] for word in ("name", "password"))
        app = set_up_app(server, name, password)
        server.stop()
        back = tmp_path / "back.kmsbackup"
        server.manage("backup", str(back))
        replaced = server.manage("restore", "--replace", str(lived_in.backup))
        assert "The trail: INTACT" in replaced
        kept = Path(replaced.splitlines()[-1].split(" lies in ")[1].partition(":")[0])
        assert kept.exists()
    assert "add --replace" in sentence(refused)
    assert "stop" in sentence(in_use)

    home = copy_of()
    home.manage("restore", "--replace", str(back))
    home.start()

    assert wrong_in(home, {**lived_in.known, "aliases": [*lived_in.known["aliases"], "made-on-PostgreSQL"]}) == []
    assert [token_by(home, name, password, code) for code in ("", "000000", app.code())] == [401, 401, 201]
    assert home.read("SELECT COUNT(*) FROM console_recoverycode") == [(10,)]


@pytest.fixture(scope="module")
def later(lived_in: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that went on after the backup: one key was destroyed since, another is to be."""
    folder: Path = tmp_path_factory.mktemp("later") / "data"
    shutil.copytree(lived_in.folder, folder, copy_function=shutil.copy2)
    with running(folder, **ON_SQLITE) as server:
        sdk, ids = Sdk(server, lived_in.known["account"]), lived_in.known["keys"]
        for spec in ("SM4", "EC_P384"):
            sdk.delete_key(key_id=ids[spec], pending_days="7")
        with closing(sqlite3.connect(folder / "kms.sqlite3", timeout=20, isolation_level=None)) as plain:
            plain.execute("UPDATE keys_key SET deletion_at = '2020-01-01 00:00:00' WHERE alias = 'SM4'")
        server.quickly(command=["sweep"])
    return folder


@pytest.fixture
def later_server(later: Path, tmp_path: Path) -> Server:
    """A stopped server on a copy of that folder."""
    shutil.copytree(later, tmp_path / "data", copy_function=shutil.copy2)
    return Server(tmp_path / "data", ON_SQLITE)


def test_what_is_replaced_is_kept_and_what_is_given_up_is_told(later_server: Server, lived_in: Installation) -> None:
    before = [*sqlite3.connect(later_server.data_dir / "kms.sqlite3").iterdump()]
    said = later_server.manage("restore", "--replace", str(lived_in.backup)).splitlines()
    verdict = later_server.manage("verifytraces").splitlines()

    ids = lived_in.known["keys"]
    gone, pending = (next(line for line in said if ids[spec] in line) for spec in ("SM4", "EC_P384"))
    assert "SM4" in gone
    assert "of account northwind" in gone
    assert gone.endswith("was deleted; it lives again.")
    assert "was to be deleted at" in pending
    assert "Keys deleted, or to be deleted, since the backup: 2." in said
    (kept,) = later_server.data_dir.glob("kms.replaced-*.sqlite3")
    assert str(kept) in said[-1]
    assert [*sqlite3.connect(kept).iterdump()] == before
    assert "given up by the restore" in verdict[0]
    assert verdict[-1].startswith("INTACT")

    # What was given up excuses nothing else: the file is put back by hand, where the trace of the restore is not.
    shutil.copy2(kept, later_server.data_dir / "kms.sqlite3")
    found = later_server.try_to_manage("verifytraces")
    assert found.returncode == 1
    assert "cut off" in found.stdout


def test_keys_destroyed_since_are_destroyed_again_where_that_is_asked_for(
    later_server: Server, lived_in: Installation
) -> None:
    said = later_server.manage("restore", "--replace", "--delete-again", str(lived_in.backup))

    (line,) = [line for line in said.splitlines() if lived_in.known["keys"]["SM4"] in line]
    assert line.endswith("its material was destroyed again.")
    with closing(sqlite3.connect(later_server.data_dir / "kms.sqlite3")) as plain:
        left = (
            "SELECT COUNT(*) FROM keys_keyversion v JOIN keys_key k ON k.id = v.key_id WHERE wrapped_material NOT NULL"
        )
        assert plain.execute(f"{left} AND alias = 'SM4'").fetchone() == (0,)
        assert plain.execute(f"{left} AND alias = 'EC_P384'").fetchone() == (1,)
        found = plain.execute("SELECT name, status FROM console_trace ORDER BY id DESC LIMIT 2").fetchall()
    assert found == [("restoreBackup", 200), ("deleteKey", 200)]
    assert later_server.manage("verifytraces").splitlines()[-1].startswith("INTACT")


def test_what_must_not_be_restored_is_refused_and_nothing_is_touched(
    copy_of: Callable[..., Server], lived_in: Installation, tmp_path: Path
) -> None:
    server = copy_of()
    before, damaged = (files(server.data_dir), rows(server)), tmp_path / "damaged.kmsbackup"
    damaged.write_bytes(lived_in.backup.read_bytes()[:-5])

    refusals = [
        sentence(server.try_to_manage("restore", *arguments))
        for arguments in ([str(lived_in.backup)], ["--replace", str(damaged)], ["--replace", str(tmp_path / "absent")])
    ]
    server.settings["ROOT_KEY"] = base64.b64encode(bytes(32)).decode()
    refusals.append(sentence(server.try_to_manage("restore", "--replace", str(lived_in.backup))))
    del server.settings["ROOT_KEY"]

    for said, word in zip(refusals, ("--replace", "damaged", "can't be read", "fingerprint"), strict=True):
        assert word in said
    assert refusals[-1].count("fingerprint") == 2
    assert (files(server.data_dir), rows(server)) == before
    with held(server):
        assert "stop it" in sentence(server.try_to_manage("restore", "--replace", str(lived_in.backup)))


@pytest.mark.parametrize("moment", ["restoring/trail", "kms.replaced-*.sqlite3"])
def test_a_kill_leaves_the_old_or_the_new(later_server: Server, lived_in: Installation, moment: str) -> None:
    before = rows(later_server)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "restore", "--replace", str(lived_in.backup)],
        cwd=ROOT,
        env=later_server.environment,
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None and not [*later_server.data_dir.glob(moment)]:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()

    after = rows(later_server)
    verdict = later_server.manage("verifytraces").splitlines()[-1]

    assert after == before or any("restoreBackup" in row for row in after["console_trace"])
    assert verdict.startswith("INTACT")
