"""Nodes on one PostgreSQL database, and nginx before them with the file that is shipped."""

import base64
import json
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import tools
from tests.support.certificates import Pair
from tests.support.docs_pages import Machine
from tests.support.servers import PATIENCE, ROOT, Server, free_port

NGINX = ROOT / "docs" / "deploy" / "nginx.conf"
ROOT_KEY = base64.b64encode(bytes(range(32))).decode()


@dataclass
class Balancer:
    """nginx in `folder` before some nodes: the shipped file with other ports, paths and certificates."""

    folder: Path
    nodes: list[Server]
    pair: Pair
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "kms" / "tls.crt"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        nginx = tools.program("nginx")
        assert nginx
        self.pair.put(self.folder / "kms")
        (self.folder / "nginx.conf").write_text(self.own(NGINX.read_text()))
        files = ("-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "error.log"))
        command = [nginx, *files, "-g", "daemon off;"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nginx does not listen: {(self.folder / 'error.log').read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def own(self, text: str) -> str:
        """The shipped file with what is this balancer's own."""
        for address, node in zip(re.findall(r"server (192\.0\.2\.\d+:8000)", text), self.nodes, strict=True):
            text = text.replace(address, f"127.0.0.1:{node.port}")
        text = text.replace("listen 443", f"listen {self.port}")
        for path in ("/etc/nginx", "/var/log/nginx", "/run"):
            text = text.replace(f"{path}/", f"{self.folder}/")
        return text

    def requests(self) -> list[dict[str, Any]]:
        """Its log, a request a line."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]


def listens(port: int) -> bool:
    """Whether anybody listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def settings_of(machine: Machine) -> dict[str, str]:
    """What its kms.env says."""
    lines = machine.path("/etc/kms/kms.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def workers_of(server: Server) -> list[int]:
    """Its processes that serve."""
    assert server.process
    main = server.process.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def new_node(folder: Path, database_url: str, public_url: str, **settings: str) -> Server:
    """A node with a folder of its own, and with the keys and the database of all."""
    folder.mkdir(mode=0o700)
    secret = folder / "secret.key"
    secret.write_text("the same fifty characters and more on all of the nodes\n")
    secret.chmod(0o600)
    shared = {"DATABASE_URL": database_url, "ROOT_KEY": ROOT_KEY, "PUBLIC_URL": public_url, "THREADS": "8"}
    return Server(folder, {**shared, "TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "warning", **settings})


MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("keys", "{last}")]
    operations = [migrations.RunSQL("ALTER TABLE keys_key ADD COLUMN remark text")]
"""


def newer_program(folder: Path) -> Path:
    """A copy of the program that says it is of version 1000, with a migration more that older ones can live with."""
    folder.mkdir()
    for name in ("console", "keys", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    says = folder / "console" / "__init__.py"
    says.write_text(re.sub(r'VERSION = ".*"', 'VERSION = "1000.0.0"', says.read_text()))
    migrations = folder / "keys" / "migrations"
    last = max(one.stem for one in migrations.glob("[0-9]*.py"))
    (migrations / f"{int(last[:4]) + 1:04d}_of_the_newer_version.py").write_text(MIGRATION.format(last=last))
    return folder
