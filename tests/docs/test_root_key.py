"""docs/root-key.md, followed: the root key is copied, lost, brought back, rotated, and moved to a token."""

import sqlite3
from pathlib import Path

import pytest

from tests.support.docs_pages import Machine, follow
from tests.support.servers import Server

PREPARE = """
from console.operations.accounts import create_first_account
from console.serving.database import migrate
from console.serving.keyfiles import prepare_root_key
migrate(), prepare_root_key(), create_first_account()
"""
BEGIN = "cd /opt/kms && set -a && . /etc/kms/kms.env && set +a\n"
EXPORT = "/var/backups/kms/root-key.export"
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose server has started once, and is stopped: rotating while it serves is tested in tests/commands."""
    machine = Machine(tmp_path)
    given = {"DATA_DIR": "/var/lib/kms", "ROOT_KEY_FILE": "/etc/kms/root.key", "LOG_LEVEL": "warning"}
    settings = {name: machine.own(value) for name, value in given.items()}
    machine.path("/etc/kms/kms.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    server = Server(machine.path("/var/lib/kms"), settings)
    server.quickly(code=PREPARE)
    server.kill()
    return machine


@pytest.mark.needs("softhsm2-util")
def test_the_page_can_be_followed(machine: Machine) -> None:
    def by_pipe(command: str) -> str:
        """A command that asks for a passphrase, where nobody types."""
        return machine.run(f"{BEGIN}echo '{PASSPHRASE}' | .venv/bin/python manage.py {command} --passphrase-stdin")

    def lose_and_bring_back() -> str:
        machine.path("/etc/kms/root.key").rename(machine.path("/etc/kms/root.key.lost"))
        return by_pipe(f"importrootkey {EXPORT}")

    instead = {
        f"{BEGIN}.venv/bin/python manage.py exportrootkey": lambda: by_pipe(f"exportrootkey {EXPORT}"),
        f"{BEGIN}mv /etc/kms/root.key": lose_and_bring_back,
        "sudo systemctl restart kms": lambda: None,  # it was stopped all the while
    }
    printed = follow("root-key.md", machine, instead)

    told, copied, back, same, rotated, removed, *_prepared, moved, gone = printed
    assert "version 1: " in told
    assert copied.startswith("Wrote the root key to ")
    assert back.startswith("Wrote version 1 (")
    assert same == told
    assert "Done: 2 values are wrapped anew, all are under version 2." in rotated
    assert removed.startswith("Removed version 1 ")
    assert "Rotating to version 3" in moved
    assert "The root key is kept in the token kms of " in moved
    assert gone.startswith("Removed version 2 ")
    assert not machine.path("/etc/kms/root.key").exists()
    with sqlite3.connect(machine.path("/var/lib/kms/kms.sqlite3")) as database:
        wrapped = database.execute("SELECT wrapped_secret FROM console_accesskey").fetchall()
    assert [one[:5].hex() for (one,) in wrapped] == ["0100000003"]
