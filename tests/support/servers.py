"""Real servers: `manage.py up` as a process of its own, with a folder, a port and a database of its own."""

import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.support import databases

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
# Nothing is encrypted between tests and servers: a client that could would take 30 ms to read all authorities' names.
plain_http = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))  # noqa: S501 - see above
# What one test is given is not shown by the next, which no session knows.
plain_http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server in `data_dir`; `settings` are more of its environment; `program` where its source lies.

    Where they don't name its database, it is of the kind that this process of the tests is on."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    program: Path = ROOT
    process: subprocess.Popen[str] | None = None
    _hand: subprocess.Popen[str] | None = None
    _heard: int = 0

    def __post_init__(self) -> None:
        if databases.OWN == "postgresql" and "DATABASE_URL" not in self.settings:
            # Few threads: each keeps a connection, and all servers of a run share PostgreSQL's hundred.
            self.settings = {"THREADS": "8", **self.settings, "DATABASE_URL": databases.url_for(self.data_dir)}

    @property
    def url(self) -> str:
        return f"{'https' if self.settings.get('TLS_CERT') else 'http'}://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """`postgresql` or `sqlite`."""
        return "postgresql" if self.settings.get("DATABASE_URL") else "sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """Its whole environment: nothing of the tests' own, whose Django settings are others."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        given = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "WORKERS": "1", **self.settings}
        # Tests fail from one address, often and on purpose.
        lenient = {"FAILURES_PER_MINUTE": "1000000", "LOCKOUT_ADDRESS_FAILURES": "100000"}
        return {**kept, "PYTHONUNBUFFERED": "1", **lenient, **given}

    def manage(self, *arguments: str, input: str | None = None, check: bool = True) -> str:
        """What a management command prints on stdout; RuntimeError with its stderr where it fails."""
        done = self.try_to_manage(*arguments, input=input)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def try_to_manage(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a management command, whatever comes of it."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=self.program,
            env=self.environment,
            input=input or "",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def create_account(self, name: str, *, enterprise: bool = False, quota: int = 20) -> dict[str, Any]:
        """What `createaccount` prints."""
        command = ["createaccount", name, f"--quota={quota}", *(["--enterprise"] if enterprise else [])]
        account: dict[str, Any] = json.loads(self.quickly(command=command))
        return account

    def quickly(self, **wish: object) -> str:
        """What a management `command` or some `code` prints, run by a process that is kept for the next (tests/support/
        hand.py): for what a test needs before its subject. RuntimeError where it fails."""
        if self._hand is None or self._hand.poll() is not None:
            with self._log.open("a") as log:
                self._hand = subprocess.Popen(
                    [sys.executable, "-m", "tests.support.hand"],
                    cwd=ROOT,
                    env={**self.environment, "DJANGO_SETTINGS_MODULE": "console.settings"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.write(json.dumps(wish) + "\n")
        self._hand.stdin.flush()
        answer = json.loads(self._hand.stdout.readline() or '{"error": "It ended."}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return str(answer["printed"])

    def _let_go(self) -> None:
        if self._hand is not None:
            self._hand.communicate()  # closes its stdin, which ends it
            self._hand = None

    def execute(self, statement: str, *values: Any) -> int:
        """Change its database behind its back, by SQL that both databases know, with `%s` for each value; how many rows
        that changed."""
        with self._opened() as connection:
            return int(connection.execute(self._own(statement), values).rowcount)

    def read(self, query: str, *values: Any) -> list[Any]:
        """The rows that a query of its database finds, whether it runs or not."""
        with self._opened() as connection:
            return list(connection.execute(self._own(query), values).fetchall())

    def stored(self) -> list[bytes]:
        """All that is stored by it, byte for byte: its files, and of PostgreSQL the rows of every table."""
        files = [path.read_bytes() for path in self.data_dir.rglob("*") if path.is_file()]
        if self.database == "sqlite":
            return files
        with self._opened() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (name,) in cursor.fetchall():
                # By a query, since PostgreSQL copies no table of partitions as such.
                with cursor.copy(f'COPY (SELECT * FROM "{name}") TO STDOUT (FORMAT binary)') as rows:  # noqa: S608 - names from the database itself
                    files.append(b"".join(rows))
        return files

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Its database, by a connection of the tests' own, whose changes are committed in the end."""
        if self.database == "postgresql":
            with psycopg.connect(self.settings["DATABASE_URL"], options="-c timezone=UTC") as connection:
                yield connection
        else:
            with closing(sqlite3.connect(self.data_dir / "kms.sqlite3", timeout=20)) as plain, plain:
                yield plain

    @contextmanager
    def held(self) -> Iterator[None]:
        """Its database as long as another process writes: no trace can be written meanwhile."""
        if self.database == "postgresql":
            with self._opened() as connection:
                connection.execute("LOCK TABLE console_trace IN EXCLUSIVE MODE")
                yield
        else:
            with (self.data_dir / "kms.sqlite3.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def _own(self, statement: str) -> str:
        return statement if self.database == "postgresql" else statement.replace("%s", "?")

    def spawn(self) -> None:
        """Start the process; nobody waits for it."""
        self._said.touch()
        self._heard = self._said.stat().st_size
        with self._said.open("a") as said, self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(self.program / "manage.py"), "up"],
                cwd=self.program,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                text=True,
            )

    def start(self) -> str:
        """Start, wait until it is ready, and return what it said."""
        self.spawn()
        self.wait_until_ready()
        return self.said()

    def wait_until_ready(self) -> None:
        """Wait until it has said where the console is, and `/readyz` answers."""
        assert self.process is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if self.said() and self._is_ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"The server at {self.url} did not become ready: {self.log()[-3000:]}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait for its end."""
        self._let_go()
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(15)

    def kill(self) -> None:
        """Kill it and wait for its end."""
        self._let_go()
        if self.process is not None:
            self.process.kill()
            self.process.wait(15)

    def said(self) -> str:
        """What it said on stdout since it was started last."""
        return self._said.read_text()[self._heard :]

    def log(self) -> str:
        """Everything on stderr, of all its starts."""
        return self._log.read_text()

    @property
    def _said(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.out")

    @property
    def _log(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    def _is_ready(self) -> bool:
        try:
            return plain_http.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


def copy_stopped(data_dir: Path, to: Path) -> None:
    """Copy the folder of a server that was stopped, and its database, to a folder that is not there yet."""
    shutil.copytree(data_dir, to, copy_function=shutil.copy2)
    if databases.OWN == "postgresql":
        databases.url_for(to, like=data_dir)


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Server]:
    """A server that is ready, and stopped in the end."""
    server = Server(data_dir, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
