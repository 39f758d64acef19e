"""The examples of the reference run as they stand, by curl and by the official SDK, once real values are filled in."""

import hashlib
import os
import shutil
import subprocess
import sys
import uuid
from typing import Any

import httpx
import pytest

from console.api.examples import curl, fields_of, python
from console.api.openapi import describe, operation_id
from console.api.routes import Route, registered
from tests.support.servers import Server

MESSAGE = {"message": "SGVsbG8sIHdvcmxkLg=="}
SIGNING = {"message_type": "RAW", "signing_algorithm": "ECDSA_SHA_256"}
SPECS = {"EC_KEY_ID": "EC_P256", "MAC_KEY_ID": "HMAC_256", "DESTINATION_KEY_ID": "AES_256", "KEY_ID": "AES_256"}
BEFORE = {
    "enable-key": ["disable-key"],
    "cancel-key-deletion": ["schedule-key-deletion"],
    "disable-key-rotation": ["enable-key-rotation"],
    "update-key-rotation-interval": ["enable-key-rotation"],
}


class Reader:
    """Somebody who reads the examples: an account, its token, and what its calls need."""

    def __init__(self, server: Server) -> None:
        self.name = f"reader-{uuid.uuid4().hex[:8]}"
        self.server, self.account = server, server.create_account(self.name, enterprise=True)
        self.project = self.account["projects"][0]["id"]
        user = {**self.account["user"], "domain": {"name": self.name}}
        identity = {"methods": ["password"], "password": {"user": user}}
        asked = {"auth": {"identity": identity, "scope": {"project": {"id": self.project}}}}
        self.token = httpx.post(f"{server.url}/v3/auth/tokens", json=asked).headers["X-Subject-Token"]

    def call(self, path: str, **fields: Any) -> dict[str, Any]:
        address = f"{self.server.url}/v1.0/{self.project}/kms/{path}"
        answer = httpx.post(address, json=fields, headers={"X-Auth-Token": self.token})
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    def values(self, route: Route) -> dict[str, str]:
        """What the words in capitals stand for in the example of this call, made so that it can be run."""
        made: dict[str, str] = {"USER": self.account["user"]["name"], "PASSWORD": self.account["user"]["password"]}
        made["ACCOUNT"] = self.name
        for word, spec in SPECS.items():
            new = self.call("create-key", key_alias=uuid.uuid4().hex, key_spec=spec)
            made[word] = new["key_info"]["key_id"]
        made["TARGET_KEY_ID"] = made["DESTINATION_KEY_ID"]
        key = {"key_id": made["KEY_ID"]}
        made["CIPHER_TEXT"] = self.call("encrypt-data", **key, plain_text="Hello")["cipher_text"]
        made["DATA_KEY_CIPHER_TEXT"] = self.call("create-datakey", **key)["cipher_text"]
        made["DATA_KEY_AND_DIGEST"] = (bytes(32) + hashlib.sha256(bytes(32)).digest()).hex()
        made["SIGNATURE"] = self.call("sign", key_id=made["EC_KEY_ID"], **MESSAGE, **SIGNING)["signature"]
        mac = {"key_id": made["MAC_KEY_ID"], "mac_algorithm": "HMAC_SHA_256"}
        made["MAC"] = self.call("generate-mac", **mac, **MESSAGE)["mac"]
        verb = route.path.rpartition("/kms/")[2]
        for earlier in BEFORE.get(verb, []):
            self.call(earlier, **key, **({"pending_days": 7} if "deletion" in earlier else {}))
        if verb in {"aliases", "alias/associate"} and (route.method, verb) != ("POST", "aliases"):
            self.call("aliases", **key, alias="alias/orders")
        if verb == "{key_id}/tags/{key}":
            self.call(f"{made['KEY_ID']}/tags", tag={"key": "team", "value": "orders"})
        return made

    def examples(self, route: Route) -> list[str]:
        description = describe(self.server.url)
        described = description["paths"][route.path][route.method.lower()]
        fields = fields_of(route, described, description["components"]["schemas"])
        texts = [make(route, self.server.url, self.project, fields) for make in (curl, python)]
        values = self.values(route)
        for word in sorted(values, key=len, reverse=True):
            texts = [
                text.replace(f'"{word}"', f'"{values[word]}"')
                .replace(f"'{word}'", f"'{values[word]}'")
                .replace(f"/{word}/", f"/{values[word]}/")
                for text in texts
            ]
        return texts


@pytest.mark.parametrize("is_python", [False, True], ids=["curl", "SDK"])
@pytest.mark.parametrize("route", registered(), ids=operation_id)
def test_the_example_runs(server: Server, route: Route, is_python: bool) -> None:
    if is_python and not route.sdk:
        assert "/kms/" not in route.path  # calls of other services; the SDK of this one doesn't know them
        return
    if not is_python and shutil.which("curl") is None:
        pytest.skip("curl is missing")
    reader = Reader(server)
    text = reader.examples(route)[is_python]
    key = reader.account["access_key"]
    environment = {"PATH": os.environ["PATH"], "TOKEN": reader.token, "KMS_AK": key["ak"], "KMS_SK": key["sk"]}
    command = (
        [sys.executable, "-W", "ignore", "-c", text] if is_python else ["sh", "-c", f"{text} --fail-with-body -sS"]
    )

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, text + done.stdout + done.stderr
