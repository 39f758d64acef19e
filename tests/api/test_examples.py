"""The examples of the reference run as they stand, by curl and by the official SDK, once real values are filled in."""

import hashlib
import os
import subprocess
import sys
import uuid
from base64 import b64decode, b64encode
from functools import cache, cached_property
from typing import Any

import pytest

from console.api.examples import curl, fields_of, python
from console.api.openapi import describe, operation_id
from console.api.routes import Route, registered
from tests.support.importing import wrapped_for
from tests.support.servers import Server, plain_http

MESSAGE = {"message": "SGVsbG8sIHdvcmxkLg=="}
SIGNING = {"message_type": "RAW", "signing_algorithm": "ECDSA_SHA_256"}
SPECS = {"EC_KEY_ID": "EC_P256", "MAC_KEY_ID": "HMAC_256", "DESTINATION_KEY_ID": "AES_256"}
OFFERED = [route for route in registered() if route.is_offered]
BEFORE = {
    "enable-key": ["disable-key"],
    "cancel-key-deletion": ["schedule-key-deletion"],
    "disable-key-rotation": ["enable-key-rotation"],
    "update-key-rotation-interval": ["enable-key-rotation"],
}


described_at = cache(describe)


class Reader:
    """Somebody who reads the examples: an account, its token, and what its calls need."""

    def __init__(self, server: Server) -> None:
        self.name = f"reader-{uuid.uuid4().hex[:8]}"
        self.server, self.account = server, server.create_account(self.name, enterprise=True, quota=1000)
        self.project = self.account["projects"][0]["id"]
        user = {**self.account["user"], "domain": {"name": self.name}}
        identity = {"methods": ["password"], "password": {"user": user}}
        asked = {"auth": {"identity": identity, "scope": {"project": {"id": self.project}}}}
        self.token = plain_http.post(f"{server.url}/v3/auth/tokens", json=asked).headers["X-Subject-Token"]

    def call(self, path: str, **fields: Any) -> dict[str, Any]:
        return self.send("POST", path, fields)

    def send(self, method: str, path: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
        address = f"{self.server.url}/v1.0/{self.project}/kms/{path}"
        answer = plain_http.request(method, address, headers={"X-Auth-Token": self.token}, json=fields)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    def forget_aliases(self) -> None:
        for one in self.send("GET", "aliases")["aliases"]:
            self.send("DELETE", "aliases", {"key_id": one["key_id"], "aliases": [one["alias"]]})

    def new_key(self, spec: str = "AES_256", **fields: str) -> str:
        made = self.call("create-key", key_alias=uuid.uuid4().hex, key_spec=spec, **fields)
        return str(made["key_info"]["key_id"])

    @cached_property
    def lasting(self) -> dict[str, str]:
        """What the examples leave as it is."""
        user = self.account["user"]
        made = {"USER": user["name"], "PASSWORD": user["password"], "USER_ID": user["id"]}
        made |= {"ACCOUNT": self.name, "TOKEN": self.token}
        made |= {word: self.new_key(spec) for word, spec in SPECS.items()}
        made["TARGET_KEY_ID"] = made["DESTINATION_KEY_ID"]
        made["SIGNATURE"] = self.call("sign", key_id=made["EC_KEY_ID"], **MESSAGE, **SIGNING)["signature"]
        mac = {"key_id": made["MAC_KEY_ID"], "mac_algorithm": "HMAC_SHA_256"}
        return made | {"MAC": self.call("generate-mac", **mac, **MESSAGE)["mac"]}

    def external(self, verb: str) -> dict[str, str]:
        """A key without material, a ticket to import it, and the material itself; with it where it is to be deleted."""
        key_id = self.new_key(origin="external")
        ticket = self.call("get-parameters-for-import", key_id=key_id, wrapping_algorithm="RSAES_OAEP_SHA_256")
        wrapped = wrapped_for(b64decode(ticket["public_key"]), os.urandom(32)).material
        sent = {"import_token": ticket["import_token"], "encrypted_key_material": b64encode(wrapped).decode()}
        if verb == "delete-imported-key-material":
            self.call("import-key-material", key_id=key_id, **sent)
        return {"EXTERNAL_KEY_ID": key_id, **{name.upper(): text for name, text in sent.items()}}

    def values(self, route: Route) -> dict[str, str]:
        """What the words in capitals stand for in the example of this call, made so that it can be run."""
        verb = route.path.rpartition("/kms/")[2]
        made = {**self.lasting, "KEY_ID": self.new_key()}
        key = {"key_id": made["KEY_ID"]}
        made["CIPHER_TEXT"] = self.call("encrypt-data", **key, plain_text="Hello")["cipher_text"]
        made["DATA_KEY_CIPHER_TEXT"] = self.call("create-datakey", **key)["cipher_text"]
        made["DATA_KEY_AND_DIGEST"] = (bytes(32) + hashlib.sha256(bytes(32)).digest()).hex()
        if "import" in verb:
            made |= self.external(verb)
        if "-grant" in verb:
            who = {"grantee_principal": made["USER_ID"], "retiring_principal": made["USER_ID"]}
            made["GRANT_ID"] = self.call("create-grant", **key, **who, operations=["encrypt-data"])["grant_id"]
        for earlier in BEFORE.get(verb, []):
            self.call(earlier, **key, **({"pending_days": 7} if "deletion" in earlier else {}))
        if verb in {"aliases", "alias/associate"}:
            self.forget_aliases()
            if (route.method, verb) != ("POST", "aliases"):
                self.call("aliases", **key, alias="alias/orders")
        if verb == "{key_id}/tags/{key}":
            self.call(f"{made['KEY_ID']}/tags", tag={"key": "team", "value": "orders"})
        return made

    def examples(self, route: Route) -> list[str]:
        description = described_at(self.server.url)
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


@pytest.fixture(scope="module")
def readers(server: Server) -> list[Reader]:
    """One by curl and one by the SDK: a name that an example gives is taken once in each account."""
    return [Reader(server), Reader(server)]


@pytest.mark.without_database  # each call is tested on both elsewhere; here it is how an example is written
@pytest.mark.parametrize("is_python", [pytest.param(False, marks=pytest.mark.needs("curl")), True], ids=["curl", "SDK"])
@pytest.mark.parametrize("route", OFFERED, ids=operation_id)
def test_the_example_runs(readers: list[Reader], route: Route, is_python: bool) -> None:
    reader = readers[is_python]
    text = reader.examples(route)[is_python]
    key = reader.account["access_key"]
    environment = {"PATH": os.environ["PATH"], "TOKEN": reader.token, "KMS_AK": key["ak"], "KMS_SK": key["sk"]}
    command = (
        [sys.executable, "-W", "ignore", "-c", text] if is_python else ["sh", "-c", f"{text} --fail-with-body -sS"]
    )

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, text + done.stdout + done.stderr
