"""What kube-apiserver says to a KMS v2 plug-in, byte by byte, and plug-ins as processes.

Written from the published api.proto of k8s.io/kms/apis/v2 and the protobuf encoding, so that the plug-in's own messages
are checked by another."""

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.servers import ROOT, Server, plain_http
from tests.support.signing import signed_headers
from tests.support.tools import ENGINES

INTEGRATIONS = ROOT / "integrations"
PYTHONPATH = os.pathsep.join(str(INTEGRATIONS / name) for name in ("kms-engines", "kms-kubernetes"))
PATIENCE = 20
_SERVICE_USER = """
import json
from console import protection
from console.access.caller import Caller
from console.models import Project
from console.operations.service_users import create_service_user
from console.operations.users import write_access_key

protection.protect()
project = Project.objects.get(pk="{project}")
user = create_service_user(Caller.server(project.account), project=project, login="{login}")
access_key, secret = write_access_key(user)
print(json.dumps(dict(id=user.pk, ak=access_key.ak, sk=secret)))
"""


class Refused(Exception):
    """gRPC's code of a refusal, and what it says."""

    def __init__(self, code: str, details: str) -> None:
        self.code, self.details = code, details
        super().__init__(f"{code}: {details}")


@dataclass
class Account:
    """An account of a server, with a key that it can't do without."""

    server: Server
    found: dict[str, Any]
    key_id: str = ""

    @classmethod
    def of(cls, server: Server) -> Self:
        """A new one."""
        one = cls(server, server.create_account(f"cluster-{uuid.uuid4().hex[:8]}"))
        one.key_id = one.call("create-key", key_alias="Kubernetes")["key_info"]["key_id"]
        return one

    @property
    def settings(self) -> dict[str, str]:
        """A plug-in's environment, for the cluster `production`."""
        return {
            "KMS_ENDPOINT": self.server.url,
            "KMS_PROJECT": self.found["projects"][0]["id"],
            "KMS_ACCESS_KEY": self.found["access_key"]["ak"],
            "KMS_SECRET_KEY": self.found["access_key"]["sk"],
            "KMS_KEY": self.key_id,
            "KMS_CLUSTER": "production",
        }

    def service_user(self) -> tuple[str, dict[str, str]]:
        """A new service user of the project, with an access key alone: his id, and a plug-in's environment."""
        code = _SERVICE_USER.format(project=self.settings["KMS_PROJECT"], login=f"cluster-{uuid.uuid4().hex[:8]}")
        made = json.loads(self.server.quickly(code=code))
        return made["id"], self.settings | {"KMS_ACCESS_KEY": made["ak"], "KMS_SECRET_KEY": made["sk"]}

    def call(self, verb: str, **fields: Any) -> Any:
        """What a signed call is answered; AssertionError where it is refused."""
        given = self.settings
        path, body = f"/v1.0/{given['KMS_PROJECT']}/kms/{verb}", json.dumps(fields).encode()
        host = f"127.0.0.1:{self.server.port}"
        headers = signed_headers(given["KMS_ACCESS_KEY"], given["KMS_SECRET_KEY"], "POST", path, body, host=host)
        answer = plain_http.post(f"{self.server.url}{path}", content=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@dataclass(frozen=True)
class Sealed:
    """What kube-apiserver keeps of an `EncryptResponse`, and shows to `Decrypt`."""

    ciphertext: bytes
    key_id: str
    annotations: dict[str, bytes]


class ApiServer:
    """kube-apiserver's side of the sockets, by gRPC's own client in a process of .venv-engines."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [ENGINES / "bin" / "python", ROOT / "tests" / "engines" / "clients" / "grpc_calls.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def status(self, socket: Path) -> tuple[str, str, str]:
        """`version`, `healthz` and `key_id`."""
        found = dict(_read(self._call(socket, "Status", b"")))
        return found.get(1, b"").decode(), found.get(2, b"").decode(), found.get(3, b"").decode()

    def encrypt(self, socket: Path, plaintext: bytes, uid: str = "") -> Sealed:
        """`Encrypt`. Raises Refused."""
        fields = _read(self._call(socket, "Encrypt", _field(1, plaintext) + _field(2, uid.encode())))
        found, entries = dict(fields), [dict(_read(value)) for number, value in fields if number == 3]
        return Sealed(found[1], found[2].decode(), {entry[1].decode(): entry[2] for entry in entries})

    def decrypt(self, socket: Path, sealed: Sealed, uid: str = "") -> bytes:
        """`Decrypt`. Raises Refused."""
        entries = [_field(1, key.encode()) + _field(2, value) for key, value in sealed.annotations.items()]
        parts = [_field(1, sealed.ciphertext), _field(2, uid.encode()), _field(3, sealed.key_id.encode())]
        return dict(_read(self._call(socket, "Decrypt", b"".join([*parts, *(_field(4, one) for one in entries)]))))[1]

    def close(self) -> None:
        self._process.communicate()  # closes its stdin, which ends it

    def _call(self, socket: Path, method: str, message: bytes) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wish = {"socket": str(socket), "method": f"/v2.KeyManagementService/{method}", "message": message.hex()}
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "code" in answer:
            raise Refused(answer["code"], answer["details"])
        return bytes.fromhex(answer["message"])


@dataclass
class Plugin:
    """A plug-in at a socket, with these settings in its environment."""

    socket: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    said: str = field(default="", repr=False)

    @property
    def command(self) -> dict[str, Any]:
        environment = {"PYTHONPATH": PYTHONPATH, "HOME": str(self.socket.parent), "KMS_SOCKET": str(self.socket)}
        return {"env": {**environment, **self.settings}, "stderr": subprocess.PIPE, "text": True}

    def start(self) -> None:
        """Start it, and wait until it says that it serves."""
        self.process = subprocess.Popen(_PROGRAM, **self.command)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        if "Serving" not in line:
            raise RuntimeError(f"The plug-in did not start: {line}{self.process.communicate(timeout=PATIENCE)[1]}")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            [*_PROGRAM, *arguments], **self.command, stdout=subprocess.PIPE, timeout=PATIENCE, check=False
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; its exit status. What it said since is in `said`."""
        assert self.process is not None
        self.process.send_signal(number)
        try:
            self.said += self.process.communicate(timeout=PATIENCE)[1]
        finally:
            self.process.kill()
        return self.process.returncode


_PROGRAM = [str(ENGINES / "bin" / "python"), "-m", "kms_kubernetes"]


@contextmanager
def serving(socket: Path, settings: Mapping[str, str]) -> Iterator[Plugin]:
    """A plug-in that serves, and is ended in the end."""
    plugin = Plugin(socket, settings)
    plugin.start()
    try:
        yield plugin
    finally:
        if plugin.process is not None and plugin.process.poll() is None:
            plugin.stop()


def _field(number: int, content: bytes) -> bytes:
    """A field of texts, bytes or messages: (number, wire type 2), length, content."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _read(message: bytes) -> list[tuple[int, bytes]]:
    found, place = [], 0
    while place < len(message):
        tag, place = message[place], place + 1
        assert tag & 7 == 2
        length = shift = 0
        more = True
        while more:
            more, length = bool(message[place] & 0x80), length | (message[place] & 0x7F) << shift
            place, shift = place + 1, shift + 7
        found.append((tag >> 3, message[place : place + length]))
        place += length
    return found
