"""A server that is measured beside others: a process on one core, and the requests that it is asked."""

import base64
import http.client
import json
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.servers import ROOT, free_port

WORK = (
    *("encrypt 64 B", "decrypt", "data key", "sign RSA_2048", "sign EC_P256", "verify EC_P256", "HMAC_256"),
    *("describe", "list 100 keys", "key list page, 20 keys", "Create Key dialog", "create a key"),
)
"""What is measured; the last one changes the data."""
PLAINTEXT = "p" * 64
DIGEST = base64.b64encode(bytes(range(32))).decode()
KEYS = 100
KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
"""Of the environment."""


class Call(NamedTuple):
    """One request as it goes out."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Peer(ABC):
    """A server as a process on `cores`, with a folder of its own."""

    name = ""
    cores = "0"
    environment: dict[str, str]

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.environment = folder, free_port(), {}
        folder.mkdir()

    def start(self, command: list[str]) -> None:
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", self.cores, *command],
                env=self.whole_environment(),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def whole_environment(self) -> dict[str, str]:
        """Nothing of the settings of whoever measures."""
        return {name: os.environ[name] for name in KEPT if name in os.environ} | self.environment

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)

    def ask(self, call: Call, *, patience: float = 0) -> Any:
        """The answer's JSON; with patience, until the server is there."""
        end = time.monotonic() + patience
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request(call.method, call.path, call.body or None, call.headers)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
                continue
            if answer.status >= http.client.BAD_REQUEST:
                raise RuntimeError(f"{self.name} {call.path}: {answer.status} {content!r}")
            return json.loads(content) if content else {}

    @abstractmethod
    def begin(self) -> None:
        """Start it, and make in it what is worked with."""

    @abstractmethod
    def calls(self, work: str, number: int) -> list[Call]:
        """Requests for one kind of work, none where it has no such; `number` of them where each makes something."""

    def cpu_seconds(self) -> float:
        """The time of all its processes on a core until now."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[2]) == self.process.pid:  # its group
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
