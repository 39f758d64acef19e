"""The servers that are measured side by side, each on one core: ours, and OpenBao as it is run in production."""

import base64
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.servers import ROOT, free_port
from tests.support.signing import signed_headers

PLAINTEXT = "p" * 64
DIGEST = base64.b64encode(bytes(range(32))).decode()
KEYS = 100


class Call(NamedTuple):
    """One request as it goes out."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Peer:
    """A server as a process on core 0, with a folder of its own."""

    name = ""
    environment: dict[str, str]

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.environment = folder, free_port(), {}
        folder.mkdir()

    def start(self, command: list[str]) -> None:
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", "0", *command],
                env={**os.environ, **self.environment},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

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

    def calls(self, work: str, number: int) -> list[Call]:
        """Requests for one kind of work; `number` different ones where each makes something."""
        raise NotImplementedError


class Ours(Peer):
    """This server, on SQLite."""

    name = "ours"

    def begin(self) -> None:
        self.environment = {"DATA_DIR": str(self.folder / "data"), "PORT": str(self.port), "LOG_LEVEL": "warning"}
        self.start([sys.executable, "manage.py", "up"])
        self.ask(Call("GET", "/v1.0", {}, ""), patience=60)
        self.account = json.loads(self.manage("createaccount", "bench", "--quota", "2000000000"))
        self.symmetric, self.rsa, self.curve = (self.make(spec) for spec in ("AES_256", "RSA_2048", "EC_P256"))
        for number in range(KEYS - 3):
            self.make("AES_256", f"key-{number}")
        self.sealed = self.post("encrypt-data", key_id=self.symmetric, plain_text=PLAINTEXT)["cipher_text"]

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    def make(self, spec: str, alias: str = "") -> str:
        made: str = self.post("create-key", key_alias=alias or spec, key_spec=spec)["key_info"]["key_id"]
        return made

    def post(self, verb: str, **fields: Any) -> Any:
        return self.ask(self.signed(verb, **fields))

    def signed(self, verb: str, **fields: Any) -> Call:
        path, body = f"/v1.0/{self.account['projects'][0]['id']}/kms/{verb}", json.dumps(fields)
        key = self.account["access_key"]
        host = f"127.0.0.1:{self.port}"
        return Call("POST", path, signed_headers(key["ak"], key["sk"], "POST", path, body.encode(), host=host), body)

    def calls(self, work: str, number: int) -> list[Call]:
        signing = {"message": DIGEST, "message_type": "DIGEST"}
        if work == "create a key":
            stamp = time.time_ns()
            return [self.signed("create-key", key_alias=f"n{stamp}-{index}") for index in range(number)]
        verb, fields = {
            "encrypt 64 B": ("encrypt-data", {"key_id": self.symmetric, "plain_text": PLAINTEXT}),
            "decrypt": ("decrypt-data", {"cipher_text": self.sealed}),
            "data key": ("create-datakey", {"key_id": self.symmetric}),
            "sign RSA_2048": (
                "sign",
                {"key_id": self.rsa, "signing_algorithm": "RSASSA_PKCS1_V1_5_SHA_256", **signing},
            ),
            "sign EC_P256": ("sign", {"key_id": self.curve, "signing_algorithm": "ECDSA_SHA_256", **signing}),
            "describe": ("describe-key", {"key_id": self.symmetric}),
            "list 100 keys": ("list-keys", {"key_spec": "ALL", "limit": "100"}),
        }[work]
        return [self.signed(verb, **fields)]


class OpenBao(Peer):
    """OpenBao with raft storage and a file audit device, its transit engine."""

    name = "OpenBao"
    binary = os.environ.get("BAO") or shutil.which("bao")

    def begin(self) -> None:
        (self.folder / "raft").mkdir()
        settings = self.folder / "settings.hcl"
        settings.write_text(
            f'storage "raft" {{ path = "{self.folder}/raft" node_id = "one" }}\n'
            f'listener "tcp" {{ address = "127.0.0.1:{self.port}" tls_disable = true }}\n'
            f'audit "file" "file" {{ options {{ file_path = "{self.folder}/audit.log" }} }}\n'
            f'api_addr = "http://127.0.0.1:{self.port}"\ncluster_addr = "https://127.0.0.1:{free_port()}"\n'
            'log_level = "error"\n'
        )
        self.environment = {"GOMAXPROCS": "1", "BAO_DISABLE_MLOCK": "true"}
        self.token = ""
        self.start([str(self.binary), "server", "-config", str(settings)])
        opened = self.ask(self.call("sys/init", secret_shares=1, secret_threshold=1), patience=60)
        self.ask(self.call("sys/unseal", key=opened["keys"][0]))
        time.sleep(3)
        self.token = opened["root_token"]
        self.ask(self.call("sys/mounts/transit", type="transit"))
        kinds = {"sym": "aes256-gcm96", "rsa": "rsa-2048", "ec": "ecdsa-p256"}
        for name in [*kinds, *(f"key-{number}" for number in range(KEYS - len(kinds)))]:
            self.ask(self.call(f"transit/keys/{name}", type=kinds.get(name, kinds["sym"])))
        policy = 'path "transit/*" { capabilities = ["create", "read", "update", "list"] }'
        self.ask(self.call("sys/policies/acl/app", policy=policy))
        self.token = self.ask(self.call("auth/token/create", policies=["app"], ttl="24h"))["auth"]["client_token"]
        self.plaintext = base64.b64encode(PLAINTEXT.encode()).decode()
        self.sealed = self.ask(self.call("transit/encrypt/sym", plaintext=self.plaintext))["data"]["ciphertext"]

    def call(self, path: str, method: str = "POST", **fields: Any) -> Call:
        headers = {"X-Vault-Token": self.token, "Content-Type": "application/json"}
        return Call(method, f"/v1/{path}", headers, json.dumps(fields) if method == "POST" else "")

    def calls(self, work: str, number: int) -> list[Call]:
        signing: Any = {"input": DIGEST, "prehashed": True, "hash_algorithm": "sha2-256"}
        if work == "create a key":
            stamp = time.time_ns()
            return [self.call(f"transit/keys/n{stamp}-{index}", type="aes256-gcm96") for index in range(number)]
        return [
            {
                "encrypt 64 B": self.call("transit/encrypt/sym", plaintext=self.plaintext),
                "decrypt": self.call("transit/decrypt/sym", ciphertext=self.sealed),
                "data key": self.call("transit/datakey/plaintext/sym"),
                "sign RSA_2048": self.call("transit/sign/rsa", **signing, signature_algorithm="pkcs1v15"),
                "sign EC_P256": self.call("transit/sign/ec", **signing),
                "describe": self.call("transit/keys/sym", "GET"),
                "list 100 keys": self.call("transit/keys?list=true", "GET"),
            }[work]
        ]
