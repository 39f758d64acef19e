"""Versions that follow each other on one folder: what an older one left works, and a newer one's is left alone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from console import VERSION
from tests.support.commands import rows, sentence
from tests.support.installations import NEWER, released, unpack, wrong_in
from tests.support.servers import ROOT, Server, running
from tests.support.visitors import Visitor
from tests.transfer.conftest import ON_SQLITE, Installation

pytestmark = [
    pytest.mark.without_database,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.mark.parametrize("version", released())
def test_what_a_released_version_left_works_today(version: str, tmp_path: Path) -> None:
    known = unpack(tmp_path / "data", version)
    with running(tmp_path / "data", **ON_SQLITE) as server:
        assert wrong_in(server, known) == []
        with Visitor(server, known["account"]) as visitor:
            assert visitor.http.get(visitor.path("kms/keys")).status_code == 200
        assert server.manage("verifytraces").splitlines()[-1].startswith("INTACT")


def test_a_newer_version_backs_up_and_migrates_and_the_older_one_leaves_its_database_alone(
    copy_of: Callable[..., Server], lived_in: Installation, newer: Path, tmp_path: Path
) -> None:
    server = copy_of()
    backups = server.data_dir / "backups"
    backups.mkdir()
    for number in range(6):
        (backups / f"before-0.{number}-x.kmsbackup").touch()

    server.program = newer
    server.start()
    assert wrong_in(server, lived_in.known) == []
    server.manage("backup", str(tmp_path / "newer.kmsbackup"))
    server.stop()

    (made,) = backups.glob(f"before-{NEWER}-*.kmsbackup")
    assert len([*backups.iterdir()]) == 5
    assert f"Version {NEWER} begins." in server.log()
    migrated, server.program = rows(server), ROOT
    for command in (["up"], ["createaccount", "southwind"]):
        assert "start the newer version, or restore a backup" in sentence(server.try_to_manage(*command))
    assert f"made by version {NEWER}" in sentence(
        server.try_to_manage("restore", "--replace", str(tmp_path / "newer.kmsbackup"))
    )
    assert rows(server) == migrated
    # The way back: the backup that the newer version made of the older one's database.
    server.manage("restore", "--replace", str(made))
    assert server.manage("verifytraces").splitlines()[-1].startswith("INTACT")


def test_an_older_backup_is_restored_and_migrated(
    empty: Callable[..., Server], lived_in: Installation, newer: Path
) -> None:
    server = empty()
    server.program = newer

    server.manage("restore", str(lived_in.backup))

    assert "console_newer" in rows(server)


def test_nothing_is_migrated_where_no_backup_can_be_made(copy_of: Callable[..., Server], newer: Path) -> None:
    server = copy_of()
    (server.data_dir / "backups").touch()
    before, server.program = rows(server), newer

    said = sentence(server.try_to_manage("up"))

    assert "no backup could be made before" in said
    assert str(server.data_dir / "backups") in said
    assert rows(server) == before


def test_the_version_is_said_in_one_place() -> None:
    told = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released_ = [one for one in told if one != "Unreleased"]

    assert Server(ROOT / "data", ON_SQLITE).manage("version").strip() == VERSION
    assert [*released_, VERSION][0] == VERSION
