"""OpenBao among the peers, as it is run in production."""

import base64
import json
import os
import shutil
import time
from typing import Any

from tests.scale.peers import DIGEST, KEYS, PLAINTEXT, Call, Peer
from tests.support.servers import free_port

SIGNING: dict[str, Any] = {"input": DIGEST, "prehashed": True, "hash_algorithm": "sha2-256"}


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
        self.signed_by_curve = self.ask(self.call("transit/sign/ec", **SIGNING))["data"]["signature"]
        self.sealed = self.ask(self.call("transit/encrypt/sym", plaintext=self.plaintext))["data"]["ciphertext"]

    def call(self, path: str, method: str = "POST", **fields: Any) -> Call:
        headers = {"X-Vault-Token": self.token, "Content-Type": "application/json"}
        return Call(method, f"/v1/{path}", headers, json.dumps(fields) if method == "POST" else "")

    def calls(self, work: str, number: int) -> list[Call]:
        if work == "create a key":
            stamp = time.time_ns()
            return [self.call(f"transit/keys/n{stamp}-{index}", type="aes256-gcm96") for index in range(number)]
        known = {
            "encrypt 64 B": self.call("transit/encrypt/sym", plaintext=self.plaintext),
            "decrypt": self.call("transit/decrypt/sym", ciphertext=self.sealed),
            "data key": self.call("transit/datakey/plaintext/sym"),
            "sign RSA_2048": self.call("transit/sign/rsa", **SIGNING, signature_algorithm="pkcs1v15"),
            "sign EC_P256": self.call("transit/sign/ec", **SIGNING),
            "verify EC_P256": self.call("transit/verify/ec", **SIGNING, signature=self.signed_by_curve),
            "HMAC_256": self.call("transit/hmac/sym", input=DIGEST),
            "describe": self.call("transit/keys/sym", "GET"),
            "list 100 keys": self.call("transit/keys?list=true", "GET"),
        }
        return [known[work]] if work in known else []
