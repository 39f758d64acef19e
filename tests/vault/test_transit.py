"""Transit: what radosgw, hvac and their like ask of keys, and how the keys' states, grants and neighbours answer."""

import base64
import json
from typing import Any

import pytest

from console.access.request import Request
from console.api.door import asked_by
from console.api.routes import Pace
from console.models import Trace
from keys import operations
from keys.models import Key
from tests.support.people import Person
from tests.support.vault import Client, b64, b64_json, client_of, give_role, grant

ARN = {"aws:s3:arn": "arn:aws:s3::u:bucket1/a"}


def data_key(client: Client, name: object, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.post(f"transit/datakey/plaintext/{name}", more).json["data"]
    return made


def test_radosgw_makes_a_data_key_and_opens_it_with_the_objects_name(client: Client, key: Key) -> None:
    made = client.post(f"transit/datakey/plaintext/{key.pk}", {"context": b64_json(ARN)})

    assert made.status == 200
    assert made.headers["content-type"] == "application/json"
    assert {"request_id", "lease_id", "renewable", "lease_duration", "data", "auth"} <= made.json.keys()
    data = made.json["data"]
    assert len(base64.b64decode(data["plaintext"])) == 32
    assert data["ciphertext"].startswith("vault:v1:")
    sent = {"context": b64_json(ARN), "ciphertext": data["ciphertext"]}
    assert client.post(f"transit/decrypt/{key.pk}", sent).json["data"] == {"plaintext": data["plaintext"]}
    spaced = {**sent, "context": b64(json.dumps(ARN, indent=1))}  # the pairs count, not how they are written
    assert client.post(f"transit/decrypt/{key.pk}", spaced).status == 200
    for other in ("", b64("text"), b64_json({"aws:s3:arn": "arn:aws:s3::u:bucket1/b"}), b64(b"\xff")):
        refused = client.post(f"transit/decrypt/{key.pk}", {**sent, "context": other})
        assert (refused.status, refused.json["errors"][0][:8]) == (400, "KMS.2201")


@pytest.mark.parametrize("context", ["", "text", "{", '{"a":1}', "[1]", b"\xff\x00", '{"a":"b"}', "{}"])
def test_a_context_of_any_kind_binds_on_both_ways(client: Client, key: Key, context: str | bytes) -> None:
    for field in ("context", "associated_data"):
        made = client.post(f"transit/encrypt/{key.pk}", {"plaintext": b64("x"), field: b64(context)}).json["data"]
        sent = {"ciphertext": made["ciphertext"], field: b64(context)}
        assert client.post(f"transit/decrypt/{key.pk}", sent).json["data"] == {"plaintext": b64("x")}
        if context not in {"", "{}"}:
            assert client.post(f"transit/decrypt/{key.pk}", {"ciphertext": made["ciphertext"]}).status == 400


@pytest.mark.parametrize("bits", [128, 256, 512])
def test_data_keys_have_the_bits_that_are_asked_for(client: Client, key: Key, bits: int) -> None:
    assert len(base64.b64decode(data_key(client, key.pk, bits=bits)["plaintext"])) == bits // 8


def test_a_wrapped_data_key_comes_without_its_plaintext(client: Client, key: Key) -> None:
    made = client.post(f"transit/datakey/wrapped/{key.pk}").json["data"]

    assert made.keys() == {"ciphertext", "key_version"}
    opened = client.post(f"transit/decrypt/{key.pk}", {"ciphertext": made["ciphertext"]}).json["data"]
    assert len(base64.b64decode(opened["plaintext"])) == 32


def test_encrypted_is_decrypted_and_rewrap_moves_it_to_the_newest_version(
    client: Client, alice: Person, key: Key
) -> None:
    first = client.post(f"transit/encrypt/{key.pk}", {"plaintext": b64("secret")}).json["data"]["ciphertext"]
    wrapped = data_key(client, key.pk)
    operations.rotate_key(alice.caller, key.pk)
    assert client.post(f"transit/rewrap/{key.pk}", {"ciphertext": first}).status == 403  # no grant gives that
    give_role(alice, client, "KMS User")

    for old, plaintext in ((first, b64("secret")), (wrapped["ciphertext"], wrapped["plaintext"])):
        moved = client.post(f"transit/rewrap/{key.pk}", {"ciphertext": old}).json["data"]
        assert moved["key_version"] == 2
        assert moved["ciphertext"].startswith("vault:v2:")
        opened = client.post(f"transit/decrypt/{key.pk}", {"ciphertext": moved["ciphertext"]})
        assert opened.json["data"] == {"plaintext": plaintext}
    lied = first.replace("vault:v1:", "vault:v2:")
    assert client.post(f"transit/decrypt/{key.pk}", {"ciphertext": lied}).status == 400


def test_a_batch_answers_each_for_itself(client: Client, key: Key) -> None:
    sent = [{"plaintext": b64(text)} for text in ("a", "b")] + [{"plaintext": "?"}]
    made = client.post(f"transit/encrypt/{key.pk}", {"batch_input": sent}).json["data"]["batch_results"]

    assert [sorted(one) for one in made] == [["ciphertext", "key_version"]] * 2 + [["error"]]
    asked = [{"ciphertext": one.get("ciphertext", "vault:v1:AAAA")} for one in made]
    opened = client.post(f"transit/decrypt/{key.pk}", {"batch_input": asked}).json["data"]["batch_results"]
    assert opened[:2] == [{"plaintext": b64("a")}, {"plaintext": b64("b")}]
    assert opened[2]["error"].startswith("KMS.2201")
    for wrong in (sent[:0], sent * 34):
        assert client.post(f"transit/encrypt/{key.pk}", {"batch_input": wrong}).status == 400
    assert Trace.objects.filter(name="encryptData", status=200).count() == 2


def test_keys_are_named_by_id_alias_or_as_a_default_key(alice: Person, client: Client, key: Key) -> None:
    operations.create_alias(alice.caller, key.pk, "alias/orders/eu")
    storage = client_of(alice, "storage", "obs")

    for name in (key.pk, "orders/eu", "alias/orders/eu", "alias%2Forders%2Feu"):
        assert "plaintext" in data_key(client, name)
    for name in ("obs/default", "obs%2Fdefault"):
        made = data_key(storage, name)
        opened = storage.post(f"transit/decrypt/{name}", {"ciphertext": made["ciphertext"]})
        assert opened.json["data"]["plaintext"] == made["plaintext"]
    assert storage.post("transit/datakey/plaintext/evs/default").status == 403
    assert storage.post(f"transit/datakey/plaintext/{key.pk}").status == 403
    assert client.post("transit/datakey/plaintext/unknown").status == 404
    assert client.post("transit/datakey/plaintext/un known").status == 400


def test_a_key_is_described_with_its_versions(client: Client, alice: Person, key: Key) -> None:
    operations.rotate_key(alice.caller, key.pk)
    found = client.get(f"transit/keys/{key.pk}").json["data"]

    assert (found["type"], found["latest_version"], [*found["keys"]]) == ("aes256-gcm96", 2, ["1", "2"])
    assert (found["supports_encryption"], found["supports_signing"], found["exportable"]) == (True, False, False)
    assert all(isinstance(one, int) for one in found["keys"].values())

    curve = operations.create_key(alice.caller, alias="curve", key_spec="EC_P256")
    grant(alice, client, curve)
    signs = client.get(f"transit/keys/{curve.pk}").json["data"]
    assert (signs["type"], signs["supports_signing"]) == ("ecdsa-p256", True)
    assert signs["keys"]["1"]["public_key"].startswith("-----BEGIN PUBLIC KEY-----")


def test_an_rsa_key_encrypts_and_decrypts(client: Client, alice: Person) -> None:
    rsa = operations.create_key(alice.caller, alias="rsa", key_spec="RSA_2048", key_usage="ENCRYPT_DECRYPT")
    grant(alice, client, rsa)

    made = client.post(f"transit/encrypt/{rsa.pk}", {"plaintext": b64("x")}).json["data"]
    opened = client.post(f"transit/decrypt/{rsa.pk}", {"ciphertext": made["ciphertext"]})
    assert opened.json["data"] == {"plaintext": b64("x")}


def test_what_needs_a_role_is_refused_without_and_done_with_it(alice: Person, client: Client, key: Key) -> None:
    operations.create_alias(alice.caller, key.pk, "alias/orders")
    asked = [("LIST", "transit/keys"), ("POST", "transit/keys/orders/rotate"), ("POST", "transit/random/16")]
    assert [client.call(*one).status for one in asked] == [403] * 3
    give_role(alice, client, "KMS CMKFullAccess")

    assert client.call("LIST", "transit/keys").json["data"] == {"keys": [str(key.pk)]}
    assert client.get("transit/keys?list=true").json["data"] == {"keys": [str(key.pk)]}
    assert client.post("transit/keys/orders/rotate").status == 204
    assert client.get("transit/keys/orders").json["data"]["latest_version"] == 2
    assert len(base64.b64decode(client.post("transit/random/16").json["data"]["random_bytes"])) == 16
    assert len(client.post("transit/random", {"bytes": 8, "format": "hex"}).json["data"]["random_bytes"]) == 16
    assert client.post("transit/random/1025").status == 400
    assert client.get("sys/mounts").json["data"].keys() == {"transit/"}


def test_keys_are_made_elsewhere_and_the_newest_version_encrypts(client: Client, key: Key) -> None:
    refused = client.post("transit/keys/new")
    assert (refused.status, "alias/new" in refused.json["errors"][0]) == (403, True)
    assert client.post(f"transit/encrypt/{key.pk}", {"plaintext": b64("x"), "key_version": 1}).status == 400


def test_the_hot_path_is_answered_in_the_event_loop(client: Client, alice: Person, key: Key) -> None:
    sealed = data_key(client, key.pk)["ciphertext"]
    rsa = operations.create_key(alice.caller, alias="rsa", key_spec="RSA_2048", key_usage="ENCRYPT_DECRYPT")
    grant(alice, client, rsa)
    of_rsa = client.post(f"transit/encrypt/{rsa.pk}", {"plaintext": b64("x")}).json["data"]["ciphertext"]

    def pace(verb: str, **content: Any) -> Pace:
        body = json.dumps(content).encode()
        return asked_by(Request("POST", f"/v1/transit/{verb}/{key.pk}", "", {}, "", body)).pace(body)

    assert {pace("datakey/plaintext"), pace("decrypt", ciphertext=sealed), pace("encrypt", plaintext="")} == {
        Pace.QUICK
    }
    assert pace("decrypt", ciphertext=of_rsa) is Pace.BUSY
    assert pace("decrypt", batch_input=[{"ciphertext": sealed}]) is Pace.PATIENT


@pytest.mark.parametrize("verb", ["datakey/plaintext", "datakey/wrapped", "encrypt", "decrypt", "rewrap"])
def test_states_grants_and_neighbours_hold_for_every_call(
    alice: Person, client: Client, foreign: Client, key: Key, verb: str
) -> None:
    sealed = client.post(f"transit/encrypt/{key.pk}", {"plaintext": b64("x")}).json["data"]["ciphertext"]
    sent = {"plaintext": b64("x")} if verb == "encrypt" else {"ciphertext": sealed} if verb[0] in "dr" else {}

    assert foreign.post(f"transit/{verb}/{key.pk}", sent).status == 404
    none = client_of(alice, "other")
    assert none.post(f"transit/{verb}/{key.pk}", sent).status == 403

    give_role(alice, client, "KMS User")
    operations.disable_key(alice.caller, key.pk)
    refused = client.post(f"transit/{verb}/{key.pk}", sent)
    assert (refused.status, refused.json["errors"][0]) == (400, "KMS.0209 The key is disabled. Enable it first.")
    operations.enable_key(alice.caller, key.pk)
    assert client.post(f"transit/{verb}/{key.pk}", sent).status == 200


def test_the_trail_names_the_service_user_and_never_the_token(client: Client, key: Key) -> None:
    made = data_key(client, key.pk)
    client.post(f"transit/decrypt/{key.pk}", {"ciphertext": made["ciphertext"]})

    told = [(one.name, one.user_name, one.status) for one in Trace.objects.order_by("-id")[:2]]
    name = client.person.user.username
    assert told == [("decryptDatakey", name, 200), ("createDataKey", name, 200)]
    assert not any(client.token in str(one.__dict__) for one in Trace.objects.all())
