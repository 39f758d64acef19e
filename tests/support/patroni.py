"""Two PostgreSQL nodes under Patroni and three members of etcd, on this machine, from the files of docs/deploy.

Addresses, paths and passwords are the test's own, and times shorter where it says so; all else is as it is shipped. A
node is killed as a machine that dies: all of its processes at once. What that does not show is a machine that is cut
off: the kernel of a killed one still ends its connections.
"""

import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.support.postgres import NOT_AS_ROOT, folder_of_postgres, give_to_postgres, kill_all, processes_of
from tests.support.servers import ROOT, free_port
from tests.support.tools import SERVERS, program

DEPLOY = ROOT / "docs" / "deploy"
NODES = ("db1", "db2")
ADDRESSES = ("10.0.0.11", "10.0.0.12", "10.0.0.13")
QUICK = {
    "ttl: 20": "ttl: 8",
    "loop_wait: 5": "loop_wait: 1",
    "retry_timeout: 7": "retry_timeout: 3",
    "- data-checksums": "- data-checksums\n  - no-sync\n  - wal-segsize: '1'",
    'synchronous_commit: "on"': 'synchronous_commit: "on"\n        fsync: "off"',
    "  use_unix_socket: true": "  use_unix_socket: true\n  basebackup:\n  - no-sync\n  - checkpoint: fast",
}
"""Times that Patroni 3.0.2 takes too (later versions ask for a ttl of 20), and nothing synced: for tests."""
PATIENCE = 60.0


@dataclass
class Node:
    """A database node; `process` is its Patroni."""

    name: str
    folder: Path
    api: str
    address: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "config.yml"

    @property
    def data(self) -> Path:
        return self.folder / "data"


@dataclass
class Cluster:
    """The whole of it, in `folder`; `changes` replaces lines of patroni.yml."""

    folder: Path
    changes: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    _etcd: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ports = (8008, 5432, 2379, 2380)
        self._own = {f"{host}:{port}": f"127.0.0.1:{free_port()}" for host in ADDRESSES for port in ports}
        self.nodes = []
        for name, host in zip(NODES, ADDRESSES, strict=False):
            node = Node(name, self.folder / name, self._own[f"{host}:8008"], self._own[f"{host}:5432"])
            node.folder.mkdir()
            node.config.write_text(self._config_of(node, host))
            give_to_postgres(node.folder)
            self.nodes.append(node)

    @property
    def url(self) -> str:
        """DATABASE_URL of the KMS."""
        hosts = ",".join(node.address for node in self.nodes)
        return f"postgres://kms:{self.password}@{hosts}/kms?target_session_attrs=read-write"

    @property
    def primary(self) -> Node:
        return self._node_of("leader")

    @property
    def standby(self) -> Node:
        """The synchronous one."""
        return self._node_of("sync_standby")

    def start(self) -> None:
        """Start all, and make the database of the KMS."""
        for number, host in enumerate(ADDRESSES, 1):
            self._start_etcd(number, host)
        first, second = self.nodes
        self.start_node(first)
        self._wait(lambda: "bootstrap a new cluster" in (first.folder / "log").read_text(), "The first is no primary")
        self.start_node(second)
        self.wait_until_whole()
        with psycopg.connect(self._as_superuser(self.primary), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE kms LOGIN PASSWORD '{self.password}'".encode())
            connection.execute("CREATE DATABASE kms OWNER kms")

    def start_node(self, node: Node) -> None:
        """Start a node's Patroni, which starts its PostgreSQL."""
        node.process = self._spawn(node.folder / "log", [program("patroni") or "patroni", str(node.config)], {})

    def kill(self, node: Node) -> float:
        """Kill all processes of a node at once; when that was."""
        assert node.process is not None
        kill_all([node.process.pid, *processes_of(node.data)])
        killed_at = time.monotonic()
        node.process.wait()
        return killed_at

    def control(self, *arguments: str) -> str:
        """What `patronictl` prints; AssertionError with what it said where it fails."""
        command = [program("patronictl") or "patronictl", "-c", str(self.nodes[0].config), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd="/")
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def wait_until_whole(self) -> None:
        """Wait until there is a primary, and a synchronous standby that streams from it."""
        self._wait(lambda: bool(self.primary and self.standby), "There are not two nodes")

    def wait_for_primary(self, *, other_than: Node) -> None:
        """Wait until another node is the primary."""
        self._wait(lambda: self.primary is not other_than, f"{other_than.name} is the primary")

    def stop(self) -> None:
        """Kill all that was started."""
        started = [*self._etcd, *(node.process for node in self.nodes if node.process is not None)]
        for process in started:  # Patroni before its PostgreSQL, which it would start again
            process.kill()
        for process in started:
            process.wait(15)
        for node in self.nodes:
            kill_all(processes_of(node.data))

    def members(self) -> list[dict[str, Any]]:
        """What any node's Patroni says of all of them."""
        for node in self.nodes:
            try:
                found: list[dict[str, Any]] = httpx.get(f"http://{node.api}/cluster", timeout=5).json()["members"]
            except (httpx.TransportError, ValueError, KeyError):
                continue
            return found
        return []

    def _node_of(self, role: str) -> Node:
        for member in self.members():
            if member["role"] == role and member["state"] in {"running", "streaming"}:
                return next(node for node in self.nodes if node.name == member["name"])
        raise LookupError(role)

    def _wait(self, is_there: Callable[[], bool], complaint: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if is_there():
                    return
            except LookupError:
                pass
            time.sleep(0.1)
        logs = "\n".join(f"{node.name}: {(node.folder / 'log').read_text()[-3000:]}" for node in self.nodes)
        raise RuntimeError(f"{complaint}: {self.members()}\n{logs}")

    def _config_of(self, node: Node, host: str) -> str:
        text = (DEPLOY / "patroni.yml").read_text()
        for shipped, own in self.changes.items():
            assert shipped in text, shipped
            text = text.replace(shipped, own)
        lines = [
            line.replace(ADDRESSES[0], host).replace(f"name: {NODES[0]}", f"name: {node.name}")
            if line.endswith("# this node")
            else line
            for line in text.splitlines()
        ]
        text = self.with_own_addresses("\n".join(lines))
        text = re.sub(r"10\.0\.0\.\d+/\d+", "127.0.0.1/32", text).replace("change-", self.password)
        paths = {
            "/var/lib/postgresql/15/kms": node.data,
            "/usr/lib/postgresql/15/bin": SERVERS[0],
            "/var/lib/postgresql/patroni.pgpass": node.folder / "pgpass",
            "/var/run/postgresql": node.folder,
        }
        for shipped, real in paths.items():
            assert shipped in text, shipped
            text = text.replace(shipped, str(real))
        # Who runs the tests may be another user of the system, and has no watchdog.
        return text.replace("postgres peer", "postgres trust").replace("mode: automatic", "mode: 'off'")

    def with_own_addresses(self, text: str) -> str:
        """A text with the addresses and ports of docs/ as they are really."""
        return re.sub(r"10\.0\.0\.\d+:\d+", lambda found: self._own[found[0]], text)

    def _start_etcd(self, number: int, host: str) -> None:
        text = (DEPLOY / "etcd.conf").read_text()
        lines = re.findall(r"(?m)^(# this machine\n)?(ETCD_\w+)=(.*)$", text)
        settings = {name: value.replace(ADDRESSES[0], host) if is_own else value for is_own, name, value in lines}
        settings = {name: self.with_own_addresses(value) for name, value in settings.items()}
        data = self.folder / f"etcd{number}"
        given = {**settings, "ETCD_NAME": f"etcd{number}", "ETCD_DATA_DIR": str(data)}
        self._etcd.append(self._spawn(self.folder / f"etcd{number}.log", [program("etcd") or "etcd"], given))

    def _spawn(self, log: Path, command: list[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                env={**kept, **more},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                **NOT_AS_ROOT,
            )

    def _as_superuser(self, node: Node) -> str:
        port = node.address.rpartition(":")[2]
        return f"host={node.folder} port={port} user=postgres dbname=postgres"


@contextmanager
def patroni_cluster(changes: Mapping[str, str]) -> Iterator[Cluster]:
    """A cluster that is whole, killed in the end, also where it did not become so."""
    with folder_of_postgres("kms-patroni-") as folder:
        cluster = Cluster(folder, changes)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
