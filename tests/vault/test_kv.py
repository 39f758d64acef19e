"""KV, version 2: what MariaDB, OpenStack and hvac ask of mounts, and how the mount's key answers."""

import json
from typing import Any

import pytest

from keys import operations
from keys.models import Key, KvVersion, MountKind
from tests.support.people import Person
from tests.support.vault import Client, client_of


@pytest.fixture(autouse=True)
def _mount(alice: Person, key: Key) -> None:
    operations.create_mount(alice.caller, path="secret", key_id=key.pk)


def write(client: Client, name: str = "app/db", **value: Any) -> Any:
    return client.post(f"secret/data/{name}", {"data": value or {"a": 1}})


def test_mariadb_starts_and_rotates(alice: Person) -> None:
    operations.create_mount(alice.caller, path="mariadb/inst1", key_id="rds/default", kind=MountKind.DATABASE)
    mariadb = client_of(alice, "mariadb", "rds")

    assert mariadb.get("sys/mounts/mariadb/inst1/tune").json["options"] == {"version": "2"}
    assert mariadb.get("mariadb/inst1/data/1").status == 404  # nothing is made by reading
    operations.create_database_key(alice.caller, path="mariadb/inst1", number=1)
    first = mariadb.get("mariadb/inst1/data/1").json["data"]
    operations.rotate_database_key(alice.caller, path="mariadb/inst1", number=1)
    second = mariadb.get("mariadb/inst1/data/1").json["data"]

    assert (len(first["data"]["data"]), first["metadata"]["version"], second["metadata"]["version"]) == (64, 1, 2)
    assert mariadb.get("mariadb/inst1/data/1?version=1").json["data"] == first
    assert second["data"] != first["data"]
    assert mariadb.get("mariadb/inst1/data/2").status == 404
    key = Key.objects.get(alias="rds/default")
    Key.objects.filter(pk=key.pk).update(state=3)
    assert mariadb.get("mariadb/inst1/data/1").status == 403


def test_a_value_is_kept_as_it_was_written(client: Client) -> None:
    body = b'{"data": {"b": 1.10, "a": "\\u00e9\xc3\xa9", "big": 123456789012345678901234567890}, "options": {}}'
    made = client.call("PUT", "secret/data/app/db", body)

    assert (made.status, made.json["data"]["version"], made.json["data"]["destroyed"]) == (200, 1, False)
    found = client.get("secret/data/app/db")
    assert b'{"b": 1.10, "a": "\\u00e9\xc3\xa9", "big": 123456789012345678901234567890}' in found.body
    assert found.json["data"]["metadata"]["deletion_time"] == ""


def test_cas_and_wrong_values_are_refused_with_400(client: Client) -> None:
    assert client.post("secret/data/x", {"data": {"a": 1}, "options": {"cas": 0}}).status == 200
    refused = client.post("secret/data/x", {"data": {"a": 1}, "options": {"cas": 0}})
    assert (refused.status, refused.json["errors"][0][:8]) == (400, "KMS.0308")
    for body in (b"", b"{", b'{"data": 1}', b'{"data": null}', b'{"data": {"a": 1}, "options": 7}', b"[]"):
        assert client.call("POST", "secret/data/x", body).status in {400, 403}
    assert KvVersion.objects.count() == 1


def test_deleted_tells_when_and_undeleted_is_read_again(client: Client) -> None:
    write(client)
    write(client)
    assert client.call("DELETE", "secret/data/app/db").status == 204
    gone = client.get("secret/data/app/db")
    assert gone.status == 404
    assert gone.json["data"]["data"] is None
    assert gone.json["data"]["metadata"]["deletion_time"].endswith("Z")
    assert client.get("secret/data/app/db?version=1").status == 200

    assert client.post("secret/undelete/app/db", {"versions": [2]}).status == 204
    assert client.get("secret/data/app/db").status == 200
    assert client.post("secret/delete/app/db", {"versions": [1]}).status == 204
    assert client.get("secret/data/app/db?version=1").status == 404


def test_metadata_and_lists(client: Client) -> None:
    for name in ("app/db", "app/db", "top"):
        write(client, name)
    known = client.get("secret/metadata/app/db").json["data"]
    assert (known["current_version"], [*known["versions"]]) == (2, ["2", "1"])

    assert client.call("LIST", "secret/metadata").json["data"] == {"keys": ["app/", "top"]}
    assert client.get("secret/metadata/?list=true").json["data"] == {"keys": ["app/", "top"]}
    assert client.call("LIST", "secret/metadata/app/").json["data"] == {"keys": ["db"]}
    assert client.call("LIST", "secret/metadata/none").status == 404
    assert client.get("secret/config").json["data"]["cas_required"] is False
    assert client.post("secret/metadata/top", {"max_versions": 0}).status == 204
    assert client.post("secret/metadata/top", {"max_versions": 3}).status == 403


def test_destroying_needs_more_than_writing(client: Client) -> None:
    write(client)
    assert client.call("PUT", "secret/destroy/app/db", {"versions": [1]}).status == 403
    assert client.call("DELETE", "secret/metadata/app/db").status == 403
    assert client.get("secret/data/app/db").status == 200


def test_a_refusal_is_403_since_clients_take_400_for_a_success(alice: Person, client: Client, key: Key) -> None:
    write(client)
    assert client.get("unknown/data/x").status == 403
    assert client.post("unknown/data/x", {"data": {}}).status == 403
    assert client.post("secret/data/" + "x" * 256, {"data": {}}).status == 403
    assert client.post("secret/data/x", {"data": {"a": "x" * 62_000}}).status == 403
    assert client.get("secret/data/none").status == 404

    operations.disable_key(alice.caller, key.pk)
    for answer in (client.get("secret/data/app/db"), write(client)):
        assert (answer.status, answer.json["errors"][0][:8]) == (403, "KMS.0209")


def test_strangers_and_neighbours_read_and_change_nothing(alice: Person, client: Client, foreign: Client) -> None:
    write(client)
    none = client_of(alice, "none")

    for one in (foreign, none):
        for method, path, content in (
            ("GET", "secret/data/app/db", None),
            ("GET", "secret/data/none", None),
            ("POST", "secret/data/app/db", {"data": {}}),
            ("DELETE", "secret/data/app/db", None),
            ("POST", "secret/delete/app/db", {"versions": [1]}),
            ("POST", "secret/undelete/app/db", {"versions": [1]}),
            ("POST", "secret/destroy/app/db", {"versions": [1]}),
            ("GET", "secret/metadata/app/db", None),
            ("LIST", "secret/metadata", None),
            ("POST", "secret/metadata/app/db", {}),
            ("DELETE", "secret/metadata/app/db", None),
            ("GET", "secret/config", None),
            ("GET", "sys/mounts/secret/tune", None),
            ("GET", "sys/internal/ui/mounts/secret/app", None),
        ):
            answer = one.call(method, path, content)
            assert answer.status in {403, 404}, (method, path, answer.body)
            assert answer.status == 403 or one is foreign
    assert client.get("secret/data/app/db").json["data"]["metadata"]["version"] == 1


def test_mounts_are_told_to_who_reads_them(client: Client) -> None:
    assert client.get("sys/internal/ui/mounts/secret/app/db").json["data"]["path"] == "secret/"
    assert client.get("sys/internal/ui/mounts/transit/keys").json["data"]["type"] == "transit"
    assert client.get("sys/mounts/transit/tune").status == 200
    assert client.get("sys/mounts").status == 403  # that needs a role


def test_no_value_is_in_the_database(client: Client) -> None:
    write(client, password="canary-4711")

    row = KvVersion.objects.get()
    assert b"canary" not in bytes(row.sealed) + bytes(row.sealed_key)
    assert "canary" not in json.dumps([str(one) for one in KvVersion.objects.values_list("name", "version")])
