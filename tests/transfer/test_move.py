"""`manage.py movedatabase`: to PostgreSQL, taken up again after kills, and never two of one installation."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support.commands import rows, sentence
from tests.support.installations import NEWER, wrong_in
from tests.support.sdk import Sdk
from tests.support.servers import ROOT, Server
from tests.support.tools import fresh_database
from tests.transfer.conftest import ON_SQLITE, READ_VALUE, Installation, held

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
STAGE = "SELECT stage FROM kms_moving"


def begin(server: Server, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "movedatabase", "--to", url]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL)


def wait_until(process: subprocess.Popen[bytes], is_so: Callable[[], bool]) -> None:
    while process.poll() is None and not is_so():
        time.sleep(0.002)
    process.kill()
    process.wait()


def stage_of(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            return str((connection.execute(STAGE).fetchone() or [""])[0])
        except psycopg.errors.UndefinedTable:
            return ""


def test_it_moves_is_taken_up_again_after_kills_and_leaves_one_installation(
    copy_of: Callable[..., Server], lived_in: Installation, newer: Path, tmp_path: Path
) -> None:
    server = copy_of()
    with fresh_database() as url:
        wait_until(process := begin(server, url), lambda: stage_of(url) == "making tables")
        assert process.returncode
        on_postgresql = Server(server.data_dir, {"DATABASE_URL": url})
        assert "movedatabase" in sentence(on_postgresql.try_to_manage("up"))
        wait_until(begin(server, url), lambda: stage_of(url) == "copying rows")
        with psycopg.connect(url) as connection:  # as though the kill had come when a part was copied
            connection.execute("TRUNCATE console_callcount; DELETE FROM console_trace WHERE id > 7")
        changed = Server(
            Path(shutil.copytree(server.data_dir, tmp_path / "changed", copy_function=shutil.copy2)), ON_SQLITE
        )
        changed.execute("DELETE FROM keys_taggedkey")
        assert "has changed since" in sentence(changed.try_to_manage("movedatabase", "--to", url))

        said = server.manage("movedatabase", "--to", url)

        assert "9 keys" in said
        assert "The trail: INTACT" in said
        assert url.partition("@")[2].partition("/")[0] in said
        for command in (["up"], ["backup", str(tmp_path / "x")], ["movedatabase", "--to", url]):
            assert "DATABASE_URL" in sentence(server.try_to_manage(*command))
        on_postgresql.program = newer
        on_postgresql.start()
        try:
            assert wrong_in(on_postgresql, lived_in.known) == []
            assert on_postgresql.quickly(code=READ_VALUE).strip() == "b'{}'"
            Sdk(on_postgresql, lived_in.known["account"]).new_key(key_alias="numbered-behind-those-moved")
        finally:
            on_postgresql.stop()
        assert [*(server.data_dir / "backups").glob(f"before-{NEWER}-*.kmsbackup")]
        on_postgresql.program = ROOT
        assert "newer version" in sentence(on_postgresql.try_to_manage("up"))


def test_a_kill_at_the_very_end_is_got_over(copy_of: Callable[..., Server]) -> None:
    server = copy_of()
    with fresh_database() as url:
        wait_until(begin(server, url), (server.data_dir / "moved-to-postgresql").exists)

        done = server.try_to_manage("movedatabase", "--to", url)

        assert done.stdout.startswith("Moved to") or "DATABASE_URL" in sentence(done)
        assert stage_of(url) == ""


def test_what_must_not_be_moved_is_refused(copy_of: Callable[..., Server]) -> None:
    server = copy_of()
    before = rows(server)
    with fresh_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE theirs (id int)")
        assert "is not empty" in sentence(server.try_to_manage("movedatabase", "--to", url))
        with held(server):
            assert "stop it" in sentence(server.try_to_manage("movedatabase", "--to", url))
    assert "postgres://" in sentence(server.try_to_manage("movedatabase"))
    assert "postgres://" in sentence(server.try_to_manage("movedatabase", "--to", "mysql://x/y"))
    assert not (server.data_dir / "moved-to-postgresql").exists()
    assert rows(server) == before
