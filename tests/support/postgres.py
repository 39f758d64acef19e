"""A PostgreSQL server of a test's own, which may be stopped and started while others work on theirs.

PostgreSQL does not run as root: tests that do run it as the user postgres. It does not sync its files: what is tested
is what clients are told, not what a power cut takes.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support.servers import free_port
from tests.support.tools import program

IS_ROOT = os.geteuid() == 0
NOT_AS_ROOT: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if IS_ROOT else {}


@contextmanager
def folder_of_postgres(prefix: str) -> Iterator[Path]:
    """A folder that PostgreSQL's user may write to, with all above it open to him; removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))  # sockets want a short path
    give_to_postgres(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give_to_postgres(path: Path) -> None:
    """Make it his who runs PostgreSQL."""
    if IS_ROOT:
        shutil.chown(path, "postgres", "postgres")


class Postgres:
    """A server in `folder`; its superuser is trusted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self._run(
            "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "--wal-segsize=1", "-E", "UTF8"
        )
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"port = {self.port}\nunix_socket_directories = '{folder}'\nfsync = off\n")
        self.start()
        with self.connect("postgres") as connection:
            connection.execute("CREATE DATABASE kms")

    @property
    def url(self) -> str:
        """The URL of the database of the KMS."""
        return f"postgres://postgres@127.0.0.1:{self.port}/kms"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-s", "-l", self.folder / "log", "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-s", "-m", mode, "stop")

    def connect(self, database: str = "kms") -> psycopg.Connection[Any]:
        """A connection of the superuser, which commits by itself."""
        return psycopg.connect(f"postgres://postgres@127.0.0.1:{self.port}/{database}", autocommit=True)

    def set(self, name: str, value: str) -> None:
        """Set a parameter for all connections, from now on."""
        with self.connect() as connection:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
            connection.execute("SELECT pg_reload_conf()")

    def _run(self, name: str, *arguments: object) -> None:
        command = [program(name) or name, *map(str, arguments)]
        # What it starts keeps its output: nothing may wait for the end of that.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **NOT_AS_ROOT,
            cwd="/",
        )
        assert done.returncode == 0, (
            command,
            (self.folder / "log").read_text() if (self.folder / "log").exists() else "",
        )


@contextmanager
def private_postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, killed in the end."""
    with folder_of_postgres("kms-postgres-") as folder:
        one = Postgres(folder)
        try:
            yield one
        finally:
            kill_all(processes_of(one.data))


def processes_of(data: Path) -> list[int]:
    """The ids of the postmaster of a data directory and of all its children, none where it does not run."""
    try:
        postmaster = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = Path(f"/proc/{postmaster}")
        # Whoever is killed leaves the file, and another process may have its number by now.
        if (process / "cwd").resolve() != data.resolve():
            return []
        return [postmaster, *map(int, (process / "task" / str(postmaster) / "children").read_text().split())]
    except (OSError, ValueError):
        return []


def kill_all(pids: Iterable[int]) -> None:
    """Kill processes, some of which may have ended by now."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
