"""Signatures, MACs and public keys by the official SDK, each checked by the library alone."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as library_hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.support.sdk import Sdk

MESSAGE = b"pay 100 to alice"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
RSA = [f"RSASSA_{scheme}_SHA_{size}" for scheme in ("PSS", "PKCS1_V1_5") for size in HASHES]
CASES = [(spec, one) for spec in ("RSA_2048", "RSA_3072", "RSA_4096") for one in RSA]
CASES += [("EC_P256", "ECDSA_SHA_256"), ("EC_P384", "ECDSA_SHA_384")]


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def digest_of(algorithm: str) -> bytes:
    return hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()


def check(pem: str, algorithm: str, signature: bytes) -> None:
    """Verify outside. Raises InvalidSignature."""
    key: Any = load_pem_public_key(pem.encode())
    hash_ = HASHES[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        key.verify(signature, MESSAGE, ec.ECDSA(hash_))
    elif "PSS" in algorithm:
        key.verify(signature, MESSAGE, padding.PSS(padding.MGF1(hash_), hash_.digest_size), hash_)
    else:
        key.verify(signature, MESSAGE, padding.PKCS1v15(), hash_)


@pytest.mark.parametrize(("spec", "algorithm"), CASES)
def test_signatures_verify_here_and_outside(sdk: Sdk, spec: str, algorithm: str) -> None:
    key_id = sdk.new_key(spec)
    raw = {"key_id": key_id, "message": b64(MESSAGE), "signing_algorithm": algorithm, "message_type": "RAW"}
    digest = {"key_id": key_id, "message": b64(digest_of(algorithm)), "signing_algorithm": algorithm}
    pem = sdk.show_public_key(key_id=key_id).public_key

    for fields in (raw, digest):
        signature = sdk.sign(**fields).signature
        check(pem, algorithm, base64.b64decode(signature))
        assert sdk.validate_signature(**raw, signature=signature).signature_valid == "true"
        assert sdk.validate_signature(**digest, signature=signature).signature_valid == "true"
        damaged = b64(bytes([base64.b64decode(signature)[0] ^ 1]) + base64.b64decode(signature)[1:])
        assert sdk.validate_signature(**raw, signature=damaged).signature_valid == "false"
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\r\n")
    with pytest.raises(InvalidSignature):
        check(pem, algorithm, base64.b64decode(sdk.sign(**{**raw, "message": b64(b"pay 900 to mallory")}).signature))


@pytest.mark.parametrize(
    ("spec", "fields", "code"),
    [
        ("EC_P256", {"signing_algorithm": "ECDSA_SHA_384"}, "KMS.0332"),
        ("EC_P256", {"signing_algorithm": "RSASSA_PSS_SHA_256"}, "KMS.0332"),
        ("RSA_2048", {"signing_algorithm": "ECDSA_SHA_256"}, "KMS.0332"),
        ("RSA_2048", {"signing_algorithm": "MD5"}, "KMS.0332"),
        ("RSA_2048", {"message": b64(bytes(31))}, "KMS.0329"),
        ("RSA_2048", {"message": b64(bytes(4097)), "message_type": "RAW"}, "KMS.0308"),
        ("RSA_2048", {"message": "", "message_type": "RAW"}, "KMS.0308"),
        ("RSA_2048", {"message": "not base64"}, "KMS.0308"),
        ("RSA_2048", {"message_type": "TEXT"}, "KMS.0308"),
    ],
)
def test_what_cannot_be_signed_is_refused(sdk: Sdk, spec: str, fields: dict[str, str], code: str) -> None:
    proper = {"message": b64(bytes(32)), "signing_algorithm": "RSASSA_PSS_SHA_256"}

    assert sdk.refusal("sign", key_id=sdk.new_key(spec), **{**proper, **fields}) == (400, code)


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("HMAC_256", "HMAC_SHA_256"),
        ("HMAC_384", "HMAC_SHA_384"),
        ("HMAC_512", "HMAC_SHA_512"),
        ("HMAC_SM3", "HMAC_SM3"),
    ],
)
def test_macs_verify_and_a_changed_one_does_not(sdk: Sdk, spec: str, algorithm: str) -> None:
    fields = {"key_id": sdk.new_key(spec), "mac_algorithm": algorithm, "message": b64(MESSAGE)}

    made = sdk.generate_mac(**fields)

    assert made.mac == made.mac.lower()
    assert len(made.mac) == {"HMAC_SHA_384": 96, "HMAC_SHA_512": 128}.get(algorithm, 64)
    assert sdk.verify_mac(**fields, mac=made.mac).mac_valid is True
    assert sdk.verify_mac(**fields, mac=made.mac.upper()).mac_valid is True
    assert sdk.verify_mac(**fields, mac="00" + made.mac[2:]).mac_valid is (made.mac[:2] == "00")
    assert sdk.verify_mac(**{**fields, "message": b64(b"other")}, mac=made.mac).mac_valid is False
    assert sdk.refusal("generate_mac", **{**fields, "mac_algorithm": "HMAC_MD5"}) == (400, "KMS.0308")
    assert sdk.refusal("verify_mac", **fields, mac="zz") == (400, "KMS.0308")


@pytest.mark.parametrize("spec", ["HMAC_256", "HMAC_SM3"])
def test_a_mac_is_that_of_the_material(spec: str) -> None:
    from keys.crypto.macs import generate_mac
    from keys.crypto.material import Material

    secret = bytes(range(32))
    outside = library_hmac.HMAC(secret, hashes.SM3())
    outside.update(MESSAGE)
    expected = hmac.digest(secret, MESSAGE, "sha256") if spec == "HMAC_256" else outside.finalize()

    assert generate_mac(Material(spec, secret), MESSAGE) == expected
