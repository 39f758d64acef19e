"""Whatever is sent, the answer is Vault's form, and never a failure of the server."""

import json
import random
from typing import Any

import pytest

from keys import operations
from keys.models import Key
from keys.vault.routes import ROUTES
from tests.support.people import Person
from tests.support.vault import Client, b64, b64_json

ODD: list[Any] = [None, True, 0, -1, 2**63, 10**30, 1.5, "", "\0", "x" * 5_000, "\U0010ffff", [], {}, [[]], {"a": {}}]
FIELDS = (
    *("plaintext", "ciphertext", "context", "associated_data", "key_version", "batch_input", "bits", "bytes"),
    *("format", "input", "prehashed", "signature", "hmac", "hash_algorithm", "signature_algorithm"),
    *("data", "options", "versions", "version", "max_versions", "custom_metadata", "role_id", "secret_id"),
)
NAMES = ["orders", "a/b/c", "\0", "x" * 3_000, "..", "%", "é", "obs/default", "data/data", "alias/", "kms:x:y", " "]


@pytest.fixture
def valid(alice: Person, client: Client, key: Key) -> dict[str, Any]:
    """What makes a call succeed, one or another."""
    operations.create_mount(alice.caller, path="secret", key_id=key.pk)
    sealed = client.post(f"transit/encrypt/{key.pk}", {"plaintext": b64("x")}).json["data"]["ciphertext"]
    one = {"plaintext": b64("x"), "ciphertext": sealed, "context": b64_json({"a": "b"})}
    more = {"batch_input": [one], "input": b64("x"), "data": {"a": 1}, "versions": [1], "options": {"cas": 0}}
    return {**one, **more}


def mutated(content: bytes, dice: random.Random) -> bytes:
    """A text with some of its bytes changed, left out or repeated."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) or 1)
        changed[at : at + dice.randint(0, 3)] = bytes(dice.randrange(256) for _ in range(dice.randint(0, 3)))
    return bytes(changed)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_request_breaks_the_server(route: Any, client: Client, key: Key, valid: dict[str, Any]) -> None:
    dice = random.Random(route.path)  # noqa: S311 - the same requests each time
    for turn in range(60):
        path = route.path.removeprefix("/v1/")
        for place, fitting in (("name", str(key.pk)), ("mount", "secret"), ("size", "16")):
            path = path.replace(f"{{{place}}}", fitting if dice.random() < 0.6 else dice.choice(NAMES))
        content = {name: valid.get(name) for name in dice.sample(FIELDS, 6) if name in valid}
        content |= {dice.choice(FIELDS): dice.choice(ODD) for _ in range(dice.randint(0, 3))}
        body = json.dumps(content).encode()
        if turn % 3 == 0:
            body = mutated(body, dice)
        headers = {"Content-Type": dice.choice(["", "text/plain", "application/json"])}
        query = dice.choice(["", "?version=x", "?version=99999999999999999999", "?list=true", "?version=1&version=\0"])

        answer = client.call(route.method, path + query, body if dice.random() < 0.9 else b"", **headers)

        assert answer.status < 500, (path, body, answer.body)
        assert answer.status in {200, 204} or answer.json["errors"][0]
        assert answer.headers["cache-control"] == "no-store"
        if route.path.endswith("revoke-self"):
            break
