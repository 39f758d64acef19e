"""This server among its peers: on SQLite, asked as the SDK and a browser ask it."""

import json
import subprocess
import sys
import time
from typing import Any

import httpx

from tests.scale.peers import DIGEST, KEYS, PLAINTEXT, Call, Peer
from tests.support.servers import ROOT
from tests.support.signing import signed_headers

DIALOG = "Create Key dialog"
PAGES = {"key list page, 20 keys": "kms/keys", DIALOG: "kms/keys/create"}
SIGNING = {"message": DIGEST, "message_type": "DIGEST"}
RSA = {"signing_algorithm": "RSASSA_PKCS1_V1_5_SHA_256", **SIGNING}
CURVE = {"signing_algorithm": "ECDSA_SHA_256", **SIGNING}


class Ours(Peer):
    """This server, on SQLite."""

    name = "ours"

    def begin(self) -> None:
        self.environment = {"DATA_DIR": str(self.folder / "data"), "PORT": str(self.port), "LOG_LEVEL": "warning"}
        self.environment |= self.settings()
        self.serve()
        self.account = json.loads(self.manage("createaccount", "bench", "--quota", "2000000000"))
        self.fill()
        self.symmetric, self.rsa, self.curve = (self.make(spec) for spec in ("AES_256", "RSA_2048", "EC_P256"))
        self.mac = self.make("HMAC_256")
        self.sealed = self.post("encrypt-data", key_id=self.symmetric, plain_text=PLAINTEXT)["cipher_text"]
        self.signed_by_curve = self.post("sign", key_id=self.curve, **CURVE)["signature"]
        self.cookies = self.sign_in()

    def settings(self) -> dict[str, str]:
        """More of its environment."""
        return {}

    def serve(self) -> None:
        """Start the process and wait until it answers."""
        self.start([sys.executable, "manage.py", "up"])
        self.ask(Call("GET", "/v1.0", {}, ""), patience=60)

    def fill(self) -> None:
        """Make the keys that are beside those worked with."""
        for number in range(KEYS - 4):
            self.make("AES_256", f"key-{number}")

    def sign_in(self) -> str:
        """The cookies of a browser in which the account's owner signed in."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}") as browser:
            browser.get("/sign-in")
            user = self.account["user"]
            fields = {"account": "bench", "user": user["name"], "password": user["password"]}
            browser.post("/sign-in", data={**fields, "csrfmiddlewaretoken": browser.cookies["csrf"]})
            return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        environment = self.whole_environment()
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
        if work in PAGES:
            path = f"/console/{self.account['projects'][0]['id']}/{PAGES[work]}"
            asking = {"Cookie": self.cookies, "Accept": "text/html"}
            return [Call("GET", path, asking | ({"HX-Request": "true"} if work == DIALOG else {}), "")]
        if work == "create a key":
            stamp = time.time_ns()
            return [self.signed("create-key", key_alias=f"n{stamp}-{index}") for index in range(number)]
        verb, fields = {
            "encrypt 64 B": ("encrypt-data", {"key_id": self.symmetric, "plain_text": PLAINTEXT}),
            "decrypt": ("decrypt-data", {"cipher_text": self.sealed}),
            "data key": ("create-datakey", {"key_id": self.symmetric}),
            "sign RSA_2048": ("sign", {"key_id": self.rsa, **RSA}),
            "sign EC_P256": ("sign", {"key_id": self.curve, **CURVE}),
            "verify EC_P256": ("verify", {"key_id": self.curve, **CURVE, "signature": self.signed_by_curve}),
            "HMAC_256": ("generate-mac", {"key_id": self.mac, "mac_algorithm": "HMAC_SHA_256", "message": DIGEST}),
            "describe": ("describe-key", {"key_id": self.symmetric}),
            "list 100 keys": ("list-keys", {"key_spec": "ALL", "limit": "100"}),
        }[work]
        return [self.signed(verb, **fields)]
