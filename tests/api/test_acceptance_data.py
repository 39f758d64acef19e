"""The outside acceptance of what keys do (API contract, 6): the Terraform provider's cases, the same calls in order."""

import base64
import hashlib
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_public_key

from tests.support.sdk import Sdk

MESSAGE = "dGVzdGFiY2RlZmc="


@pytest.fixture
def key_id(sdk: Sdk) -> str:
    return sdk.new_key()


def test_kms_data_key(sdk: Sdk, key_id: str) -> None:
    made = sdk.create_datakey(key_id=key_id, datakey_length="512")

    assert len(bytes.fromhex(made.plain_text)) == 64
    assert made.cipher_text


SEQUENCE = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("asked", "length"),
    [
        ({"datakey_length": "64"}, 8),
        ({"key_spec": "AES_256"}, 32),
        ({"datakey_length": "128", "key_spec": "AES_128"}, 16),
        ({}, 32),
        ({"datakey_length": "256", "sequence": SEQUENCE}, 32),
        ({"key_spec": "AES_128", "sequence": SEQUENCE}, 16),
    ],
)
def test_kms_datakey_without_plaintext(sdk: Sdk, key_id: str, asked: dict[str, Any], length: int) -> None:
    made = sdk.create_datakey_without_plaintext(key_id=key_id, **asked)
    opened = sdk.decrypt_datakey(key_id=key_id, cipher_text=made.cipher_text, datakey_cipher_length=str(length))

    assert made.key_id == key_id
    assert len(bytes.fromhex(opened.data_key)) == length


def test_kms_encrypt_and_decrypt_datakey(sdk: Sdk, key_id: str) -> None:
    data_key = bytes(range(64))
    plain_text = (data_key + hashlib.sha256(data_key).digest()).hex()

    sealed = sdk.encrypt_datakey(key_id=key_id, plain_text=plain_text, datakey_plain_length="64")
    opened = sdk.decrypt_datakey(key_id=key_id, cipher_text=sealed.cipher_text, datakey_cipher_length="64")

    assert sealed.cipher_text
    assert bytes.fromhex(opened.data_key) == data_key
    assert opened.datakey_length == "64"
    assert bytes.fromhex(opened.datakey_dgst) == hashlib.sha256(data_key).digest()


def test_data_encrypt_decrypt(sdk: Sdk, key_id: str) -> None:
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="abc").cipher_text

    assert sdk.decrypt_data(cipher_text=sealed).plain_text == "abc"


def test_kms_sign_and_verify(sdk: Sdk) -> None:
    asked = {
        "key_id": sdk.new_key("RSA_2048", key_usage="SIGN_VERIFY"),
        "message": MESSAGE,
        "signing_algorithm": "RSASSA_PSS_SHA_256",
        "message_type": "RAW",
    }

    signature = sdk.sign(**asked).signature

    assert signature
    assert sdk.validate_signature(signature=signature, **asked).signature_valid == "true"


def test_generate_and_verify_mac(sdk: Sdk) -> None:
    asked = {"key_id": sdk.new_key("HMAC_384"), "mac_algorithm": "HMAC_SHA_384", "message": MESSAGE}

    mac = sdk.generate_mac(**asked).mac

    assert len(bytes.fromhex(mac)) == 48
    assert sdk.verify_mac(mac=mac, **asked).mac_valid is True


def test_kms_public_key(sdk: Sdk) -> None:
    found = sdk.show_public_key(key_id=sdk.new_key("RSA_3072"))

    assert load_pem_public_key(found.public_key.encode()).key_size == 3072  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("method", "spec"), [("create_rsa_datakey_pair", "RSA_3072"), ("create_ec_datakey_pair", "ECC_NIST_P521")]
)
def test_datakey_pairs(sdk: Sdk, key_id: str, method: str, spec: str) -> None:
    bound = {"additional_authenticated_data": "test data"}

    made = getattr(sdk, method)(key_id=key_id, key_spec=spec, with_plain_text=True, **bound)
    opened = sdk.decrypt_data(cipher_text=made.private_key_cipher_text, **bound)

    private = load_der_private_key(base64.b64decode(made.private_key_plain_text), None)
    assert made.key_spec == spec
    assert opened.plain_text_base64 == made.private_key_plain_text
    assert private.public_key() == load_pem_public_key(made.public_key.encode())
