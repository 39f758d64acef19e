"""What the tests of commands look at."""

import hashlib
import json
import re
from pathlib import Path
from subprocess import CompletedProcess

from django.contrib.auth.hashers import check_password

from tests.support.servers import Server


def sentence(done: CompletedProcess[str]) -> str:
    """The one line with which a command refused: exit 1, nothing on stdout, no traceback, JSON lines apart."""
    lines = [line for line in done.stderr.splitlines() if not is_json(line)]
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert len(lines) == 1, done.stderr
    assert re.fullmatch(r"[A-Z].*\.", lines[0]), lines[0]
    return lines[0]


def is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def opens(server: Server, username: str, password: str) -> bool:
    """Whether the password is the user's; the database is asked, so that the server need not run."""
    ((stored,),) = server.read("SELECT password FROM console_user WHERE username = %s", username)
    return check_password(password, stored)


def rows(server: Server) -> dict[str, list[str]]:
    """All that the database holds, by table."""
    of_sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'"
    of_postgresql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = server.read(of_postgresql if server.database == "postgresql" else of_sqlite)
    return {name: sorted(map(str, server.read(f'SELECT * FROM "{name}"'))) for (name,) in tables}  # noqa: S608 - names from the database itself


def files(folder: Path) -> dict[str, tuple[str, float]]:
    """Every file of a folder but the database and the locks, with its content's hash and its time."""
    return {
        str(one.relative_to(folder)): (hashlib.sha256(one.read_bytes()).hexdigest(), one.stat().st_mtime)
        for one in folder.rglob("*")
        if one.is_file() and not one.name.startswith("kms.sqlite3") and one.name != "server.lock"
    }
