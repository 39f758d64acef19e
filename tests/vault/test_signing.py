"""Signatures and MACs through transit: what Vault's clients verify, and what they are refused."""

import pytest

from keys import operations
from keys.models import Key
from tests.support.people import Person
from tests.support.vault import Client, b64, grant


def made(alice: Person, client: Client, spec: str, usage: str = "") -> Key:
    one = operations.create_key(alice.caller, alias=spec, key_spec=spec, key_usage=usage)
    grant(alice, client, one)
    return one


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        ("EC_P256", {}),
        ("EC_P384", {}),
        ("RSA_2048", {}),
        ("RSA_2048", {"hash_algorithm": "sha2-512"}),
        ("RSA_2048", {"signature_algorithm": "pkcs1v15"}),
    ],
)
def test_what_is_signed_is_verified(alice: Person, client: Client, spec: str, more: dict[str, str]) -> None:
    key = made(alice, client, spec, "SIGN_VERIFY")
    signature = client.post(f"transit/sign/{key.pk}", {"input": b64("text"), **more}).json["data"]["signature"]

    sent = {"input": b64("text"), "signature": signature, **more}
    assert client.post(f"transit/verify/{key.pk}", sent).json["data"] == {"valid": True}
    assert client.post(f"transit/verify/{key.pk}", {**sent, "input": b64("other")}).json["data"] == {"valid": False}


def test_a_hash_is_named_in_the_path_or_digest_sent(alice: Person, client: Client) -> None:
    key = made(alice, client, "EC_P256")

    assert client.post(f"transit/sign/{key.pk}/sha2-256", {"input": b64("text")}).status == 200
    assert client.post(f"transit/sign/{key.pk}", {"input": b64(bytes(32)), "prehashed": True}).status == 200
    assert client.post(f"transit/sign/{key.pk}", {"input": b64(b"short"), "prehashed": True}).status == 400
    for wrong in (
        {"hash_algorithm": "sha2-512"},
        {"hash_algorithm": "md5"},
        {"signature_algorithm": "x"},
        {"marshaling_algorithm": "jws"},
        {"input": "?"},
    ):
        assert client.post(f"transit/sign/{key.pk}", {"input": b64("text"), **wrong}).status == 400


def test_a_mac_is_made_and_verified(alice: Person, client: Client, key: Key) -> None:
    mac_key = made(alice, client, "HMAC_256")
    mac = client.post(f"transit/hmac/{mac_key.pk}", {"input": b64("text")}).json["data"]["hmac"]

    for text, is_valid in (("text", True), ("other", False)):
        answer = client.post(f"transit/verify/{mac_key.pk}", {"input": b64(text), "hmac": mac})
        assert answer.json["data"] == {"valid": is_valid}
    assert client.post(f"transit/hmac/{mac_key.pk}/sha2-512", {"input": b64("text")}).status == 400
    assert client.post(f"transit/hmac/{key.pk}", {"input": b64("text")}).json["errors"][0].startswith("KMS.0334")
