"""Another account's keys, tried with every call that there is: a new route is covered the day it is written."""

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from console.api.routes import Route, registered
from console.models import Account, Trace
from keys.models import Alias, Grant, ImportTicket, Key, KeyVersion, TaggedKey
from tests.support.keyring import hold
from tests.support.people import Person
from tests.support.wire import call

# What a call is sent in each field, by the field's name. A field that is not here fails the test that needs it.
BASE64, HEX = "bWVzc2FnZSBvZiB0aGlydHktdHdvIGJ5dGVzLi4uLi4uLg==", "ab" * 134
VALUES: dict[str, Any] = {
    "action": "create",
    "alias": "alias/stolen",
    "aliases": ["alias/stolen"],
    "cipher_text": BASE64,
    "datakey_cipher_length": None,
    "datakey_length": "256",
    "datakey_plain_length": "32",
    "destination_key_id": "the key",
    "encrypted_key_material": BASE64,
    "grant_id": "ab" * 32,
    "grantee_principal": "ab" * 16,
    "import_token": BASE64,
    "key_alias": "stolen",
    "key_description": "stolen",
    "key_id": "the key",
    "key": "env",
    "mac": "ab" * 32,
    "mac_algorithm": "HMAC_SHA_256",
    "message": BASE64,
    "operations": ["encrypt-data"],
    "pending_days": "7",
    "plain_text": "stolen",
    "random_data_length": "256",
    "rotation_interval": 30,
    "signature": BASE64,
    "signing_algorithm": "RSASSA_PSS_SHA_256",
    "source_key_id": "the key",
    "wrapping_algorithm": "RSAES_OAEP_SHA_256",
    "tag": {"key": "env", "value": "stolen"},
    "tags": [{"key": "env", "value": "stolen"}],
    "target_key_id": "the key",
}
OWN = {
    "encrypt-datakey": {"plain_text": "ab" * 32 + "cd" * 32},
    "decrypt-datakey": {"cipher_text": HEX},
    "create-rsa-datakey-pair": {"key_spec": "RSA_2048"},
    "create-ec-datakey-pair": {"key_spec": "ECC_NIST_P256"},
}
IN_PROJECT = [route for route in registered() if route.is_in_project]
NAMES_KEY = {"key_id", "target_key_id", "destination_key_id"}
WITH_KEY = [route for route in IN_PROJECT if not NAMES_KEY.isdisjoint(route.request.__struct_fields__)]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def request_of(route: Route, project_id: str, key_id: str) -> tuple[str, Any]:
    """Path and body of a call that only differs from a proper one by whose key and project it names."""
    verb = route.path.rpartition("/")[2]
    fields = {}
    for field in msgspec.structs.fields(route.request):
        if field.required or field.name in {"source_key_id", "key_id"}:
            value = {**VALUES, **OWN.get(verb, {})}[field.name]
            fields[field.name] = key_id if value == "the key" else value
    path = route.path.replace("{project_id}", project_id)
    in_body = {name: value for name, value in fields.items() if f"{{{name}}}" not in path}
    for name, value in fields.items():
        path = path.replace(f"{{{name}}}", str(value))
    if route.method == "GET":
        return path + (f"?{urlencode(in_body)}" if in_body else ""), None
    return path, fields if route.method == "POST" else in_body or None


def state() -> Any:
    """All that a neighbour must not change."""
    tables = (Key, KeyVersion, TaggedKey, Alias, Grant, ImportTicket)
    rows = [list(table.objects.order_by("pk").values()) for table in tables]
    return rows, list(Account.objects.order_by("pk").values())


@pytest.fixture
def victim(alice: Person) -> Key:
    return hold(alice.project, "AES_256").key


def test_there_are_routes_with_keys() -> None:
    assert len(WITH_KEY) >= 25


@pytest.mark.parametrize("route", WITH_KEY, ids=name_of)
def test_a_neighbours_key_is_not_found(route: Route, victim: Key, alice: Person, charlie: Person) -> None:
    path, body = request_of(route, charlie.project.pk, str(victim.pk))
    before = state()

    answer = call(charlie, route.method, path, body)

    assert (answer.status, answer.code) == (404, "KMS.0207")
    assert victim.alias.encode() not in answer.body
    assert state() == before
    trace = Trace.objects.get(request_id=answer.headers["x-request-id"])
    assert (trace.account_id, trace.name, trace.status) == (charlie.account.pk, route.trace, 404)


@pytest.mark.parametrize("route", WITH_KEY, ids=name_of)
def test_the_key_is_not_found_in_another_project_of_its_own_account(route: Route, victim: Key, alice: Person) -> None:
    path, body = request_of(route, alice.projects["eu-west-101"].pk, str(victim.pk))

    answer = call(alice, route.method, path, body)

    assert (answer.status, answer.code) == (404, "KMS.0207")


@pytest.mark.parametrize("route", IN_PROJECT, ids=name_of)
def test_a_neighbours_project_is_refused(route: Route, victim: Key, alice: Person, charlie: Person) -> None:
    path, body = request_of(route, alice.project.pk, str(victim.pk))
    before = state()

    answer = call(charlie, route.method, path, body)

    assert (answer.status, answer.code) == (403, "KMS.0321")
    assert victim.alias.encode() not in answer.body
    assert state() == before
    trace = Trace.objects.get(request_id=answer.headers["x-request-id"])
    assert (trace.account_id, trace.project_id, trace.error_code) == (charlie.account.pk, "", "KMS.0321")


def test_a_neighbours_ciphertext_tells_no_more_than_a_damaged_one(victim: Key, alice: Person, charlie: Person) -> None:
    path = "/v1.0/{}/kms/{}"
    sealed = call(
        alice,
        "POST",
        path.format(alice.project.pk, "encrypt-data"),
        {"key_id": str(victim.pk), "plain_text": "secret"},
    )
    assert sealed.status == 200, sealed.body
    sealed = sealed.json["cipher_text"]

    stolen = call(charlie, "POST", path.format(charlie.project.pk, "decrypt-data"), {"cipher_text": sealed})
    damaged = call(charlie, "POST", path.format(charlie.project.pk, "decrypt-data"), {"cipher_text": BASE64})

    assert (stolen.status, stolen.code) == (400, "KMS.2201")
    assert json.dumps(stolen.json) == json.dumps(damaged.json)


@pytest.mark.parametrize("route", WITH_KEY, ids=name_of)
def test_whoever_lacks_the_permission_is_told_which_and_on_which_key(
    route: Route, victim: Key, alice: Person, bob: Person
) -> None:
    from tests.support.people import with_access_key

    path, body = request_of(route, alice.project.pk, str(victim.pk))

    answer = call(with_access_key(bob), route.method, path, body)

    assert (answer.status, answer.code) == (403, "KMS.0306")
    assert str(victim.pk) in answer.json["error"]["error_msg"]
    assert "kms:" in answer.json["error"]["error_msg"]
    assert "KMS CMKFullAccess" in answer.json["error"]["error_msg"]
