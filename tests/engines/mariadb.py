"""A MariaDB server of a test's own, in a folder: with docs/deploy/mariadb.cnf, or without any encryption."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engines.kms import Kms, own, shipped
from tests.support.nodes import listens
from tests.support.servers import free_port
from tests.support.tools import program

PROGRAMS = ("mariadbd",)
PLUGIN = Path("/usr/lib/mysql/plugin/hashicorp_key_management.so")
PACKAGE = "mariadb-plugin-hashicorp-key-management"
PATIENCE = 60.0
AS_ROOT = ["user = root"] if os.geteuid() == 0 else []
SMALL = {"innodb-log-file-size": "8M", "innodb-buffer-pool-size": "32M"}


@dataclass
class MariaDb:
    """The server in `folder`, whose data keys come from a mount of `kms`, shown `token`; without that it encrypts
    nothing."""

    folder: Path
    kms: Kms | None = None
    mount: str = ""
    token: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        """What it said of all its starts."""
        return (self.folder / "error.log").read_text()

    def install(self) -> None:
        """Make the folder of its data."""
        self._temporary.mkdir(parents=True)
        small = [f"--{name}={value}" for name, value in SMALL.items()]
        quickly = ["--skip-test-db", "--auth-root-authentication-method=normal", "--innodb-flush-log-at-trx-commit=0"]
        user = ["--user=root"] if AS_ROOT else []
        self._run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", *user, *quickly, *small])

    def configure(self, text: str = "") -> None:
        """Write its settings, among them a shipped text with what is its own."""
        mount = {"/v1/mariadb/db1": f"/v1/{self.mount}"}
        encryption = own(text, self.kms, "/etc/mysql/kms-ca.crt", mount) if self.kms and text else ""
        lines = [
            "[mariadbd]",
            f"datadir = {self.data}",
            f"tmpdir = {self._temporary}",
            f"socket = {self.socket}",
            f"pid-file = {self.folder}/pid",
            f"log-error = {self.folder}/error.log",
            f"port = {self.port}",
            "bind-address = 127.0.0.1",
            f"log-bin = {self.data}/binlog",
            *AS_ROOT,
            *([f"loose-hashicorp-key-management-token = {self.token}"] if encryption else []),
            *(f"{name} = {value}" for name, value in SMALL.items()),
        ]
        (self.folder / "my.cnf").write_text("\n".join([*lines, encryption]))

    def spawn(self) -> None:
        """Start it; nobody waits for it."""
        command = [program("mariadbd") or "mariadbd", f"--defaults-file={self.folder}/my.cnf"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.spawn()
        assert self.process is not None
        end = time.monotonic() + PATIENCE
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"MariaDB does not answer: {self.log[-3000:]}")
            time.sleep(0.05)

    def refuse_to_start(self) -> int:
        """Start it where it can't, and the status it ends with."""
        self.spawn()
        return self.wait_for_its_end()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_for_its_end(self) -> int:
        """The status with which it ends by itself."""
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def stop(self) -> None:
        """Shut it down: all is written to its files."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a machine that dies would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        """The rows that statements answer; RuntimeError with the server's words where one fails."""
        quiet = ("--user=root", "--batch", "--skip-column-names", f"--execute={statements}")
        rows = self._run(["mariadb", "--no-defaults", f"--socket={self.socket}", *quiet, database])
        return [line.split("\t") for line in rows.splitlines()]

    def files_with(self, marker: bytes) -> list[str]:
        """The names of its files that hold a text as it is."""
        return sorted(path.name for path in self.data.rglob("*") if path.is_file() and marker in path.read_bytes())

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    @property
    def _temporary(self) -> Path:
        return self.folder / "temporary"

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")
        return done.stdout


@contextmanager
def database(folder: Path, kms: Kms | None = None, mount: str = "", token: str = "") -> Iterator[MariaDb]:
    """A server that runs, and is stopped in the end."""
    one = MariaDb(folder, kms, mount, token)
    try:
        one.install()
        one.configure(shipped("mariadb.cnf") if kms else "")
        one.start()
        yield one
    finally:
        one.stop()
