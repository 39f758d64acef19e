"""Data, data keys and key pairs by the official SDK."""

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_public_key,
)

from tests.support.sdk import Sdk

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
RSA_OAEP = {"encryption_algorithm": "RSAES_OAEP_SHA_256"}


@pytest.mark.parametrize("spec", ["AES_256", "SM4"])
@pytest.mark.parametrize("text", ["a", "grüße, 世界 🌍", "\0", "x" * 4096, "é" * 2048])
def test_what_was_encrypted_opens_by_the_ciphertext_alone(sdk: Sdk, spec: str, text: str) -> None:
    key_id = sdk.new_key(spec)

    sealed = sdk.encrypt_data(key_id=key_id, plain_text=text)
    opened = sdk.decrypt_data(cipher_text=sealed.cipher_text)

    assert sealed.key_id == opened.key_id == key_id
    assert opened.plain_text == text
    assert base64.b64decode(opened.plain_text_base64) == text.encode()
    assert 128 <= len(sealed.cipher_text) <= 5648


def test_equal_plaintexts_have_different_ciphertexts(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    assert len({sdk.encrypt_data(key_id=key_id, plain_text="same").cipher_text for _ in range(5)}) == 5


@pytest.mark.parametrize("text", ["", "x" * 4097, "é" * 2049])
def test_a_plaintext_has_1_to_4096_bytes(sdk: Sdk, text: str) -> None:
    assert sdk.refusal("encrypt_data", key_id=sdk.new_key(), plain_text=text) == (400, "KMS.2101")


def test_additional_data_must_be_given_again(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    bound = sdk.encrypt_data(key_id=key_id, plain_text="x", additional_authenticated_data="order 7").cipher_text
    free = sdk.encrypt_data(key_id=key_id, plain_text="x", additional_authenticated_data="").cipher_text

    assert sdk.decrypt_data(cipher_text=bound, additional_authenticated_data="order 7").plain_text == "x"
    assert sdk.decrypt_data(cipher_text=free).plain_text == "x"
    assert sdk.refusal("decrypt_data", cipher_text=bound) == (400, "KMS.2201")
    assert sdk.refusal("decrypt_data", cipher_text=bound, additional_authenticated_data="order 8") == (400, "KMS.2201")
    assert sdk.refusal("decrypt_data", cipher_text=free, additional_authenticated_data="order 7") == (400, "KMS.2201")
    too_long = {"key_id": key_id, "plain_text": "x", "additional_authenticated_data": "é" * 65}
    assert sdk.refusal("encrypt_data", **too_long) == (400, "KMS.0308")


@pytest.mark.parametrize(("spec", "most"), [("RSA_2048", 190), ("RSA_3072", 318), ("RSA_4096", 446)])
def test_rsa_opens_what_others_encrypted_with_the_public_key(sdk: Sdk, spec: str, most: int) -> None:
    key_id = sdk.new_key(spec, key_usage="ENCRYPT_DECRYPT")
    public_key: Any = load_pem_public_key(sdk.show_public_key(key_id=key_id).public_key.encode())
    outside = base64.b64encode(public_key.encrypt(b"from outside", OAEP)).decode()

    opened = sdk.decrypt_data(key_id=key_id, cipher_text=outside, **RSA_OAEP)
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="x" * most, **RSA_OAEP).cipher_text

    assert opened.plain_text == "from outside"
    assert sdk.decrypt_data(key_id=key_id, cipher_text=sealed, **RSA_OAEP).plain_text == "x" * most
    too_long = {"key_id": key_id, "plain_text": "x" * (most + 1), **RSA_OAEP}
    assert sdk.refusal("encrypt_data", **too_long) == (400, "KMS.2108")
    assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == (400, "KMS.2106")
    damaged = base64.b64encode(bytes(len(base64.b64decode(sealed)))).decode()
    assert sdk.refusal("decrypt_data", key_id=key_id, cipher_text=damaged, **RSA_OAEP) == (400, "KMS.0311")


def test_algorithms_belong_to_their_kinds_of_keys(sdk: Sdk) -> None:
    assert sdk.refusal("encrypt_data", key_id=sdk.new_key(), plain_text="x", **RSA_OAEP) == (400, "KMS.2105")
    with_data = {"plain_text": "x", "additional_authenticated_data": "a", **RSA_OAEP}
    rsa_key = sdk.new_key("RSA_2048", key_usage="ENCRYPT_DECRYPT")
    assert sdk.refusal("encrypt_data", key_id=rsa_key, **with_data) == (400, "KMS.0308")


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 184])
def test_what_is_no_ciphertext_is_refused(sdk: Sdk, text: str) -> None:
    assert sdk.refusal("decrypt_data", cipher_text=text) == (400, "KMS.2201")


def test_a_ciphertext_opens_with_its_own_key_only(sdk: Sdk) -> None:
    sealed = sdk.encrypt_data(key_id=sdk.new_key(), plain_text="x").cipher_text

    assert sdk.refusal("decrypt_data", key_id=sdk.new_key(), cipher_text=sealed) == (400, "KMS.2201")


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"datakey_length": "512"}, 64),
        ({"datakey_length": "8"}, 1),
        ({"datakey_length": 8192}, 1024),
        ({"key_spec": "AES_256"}, 32),
        ({"key_spec": "AES_128"}, 16),
        ({"key_spec": "SM4"}, 16),
        ({"key_spec": "HMAC_512"}, 64),
        ({}, 32),
        ({"key_spec": "AES_128", "datakey_length": "512"}, 64),
    ],
)
def test_a_data_key_opens_again(sdk: Sdk, asked: dict[str, Any], size: int) -> None:
    key_id = sdk.new_key()

    made = sdk.create_datakey(key_id=key_id, additional_authenticated_data="volume 1", **asked)
    opened = sdk.decrypt_datakey(
        key_id=key_id,
        cipher_text=made.cipher_text,
        datakey_cipher_length=str(size),
        additional_authenticated_data="volume 1",
    )

    data_key = bytes.fromhex(made.plain_text)
    assert (made.key_id, len(data_key)) == (key_id, size)
    assert made.cipher_text == made.cipher_text.upper()
    assert (bytes.fromhex(opened.data_key), opened.datakey_length) == (data_key, str(size))
    assert bytes.fromhex(opened.datakey_dgst) == hashlib.sha256(data_key).digest()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"datakey_length": "0"}, "KMS.1901"),
        ({"datakey_length": "8200"}, "KMS.1901"),
        ({"datakey_length": "12"}, "KMS.1903"),
        ({"datakey_length": "long"}, "KMS.1901"),
        ({"key_spec": "DES"}, "KMS.1902"),
    ],
)
def test_lengths_of_data_keys_are_checked(sdk: Sdk, asked: dict[str, Any], code: str) -> None:
    key_id = sdk.new_key()

    assert sdk.refusal("create_datakey", key_id=key_id, **asked) == (400, code)
    assert sdk.refusal("create_datakey_without_plaintext", key_id=key_id, **asked) == (400, code)


def test_an_own_data_key_is_wrapped_when_its_digest_is_right(sdk: Sdk) -> None:
    key_id, sm4 = sdk.new_key(), sdk.new_key("SM4")
    data_key = bytes(64)
    with_digest = (data_key + hashlib.sha256(data_key).digest()).hex()
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(data_key)

    wrapped = sdk.encrypt_datakey(key_id=key_id, plain_text=with_digest.upper(), datakey_plain_length="64")
    opened = sdk.decrypt_datakey(key_id=key_id, cipher_text=wrapped.cipher_text.lower(), datakey_cipher_length="64")

    assert (wrapped.key_id, wrapped.datakey_length) == (key_id, "64")
    assert bytes.fromhex(opened.data_key) == data_key
    assert opened.datakey_dgst.startswith("F5A5FD42")
    by_sm3 = (data_key + sm3.finalize()).hex()
    assert sdk.encrypt_datakey(key_id=sm4, plain_text=by_sm3, datakey_plain_length="64").datakey_length == "64"
    for fields, code in (
        ({"plain_text": with_digest[:-2] + "00", "datakey_plain_length": "64"}, "KMS.2103"),
        ({"plain_text": with_digest, "datakey_plain_length": "63"}, "KMS.2104"),
        ({"plain_text": with_digest, "datakey_plain_length": "0"}, "KMS.2102"),
        ({"plain_text": "zz", "datakey_plain_length": "64"}, "KMS.2101"),
        ({"plain_text": "ab" * 32, "datakey_plain_length": "32"}, "KMS.2101"),
    ):
        assert sdk.refusal("encrypt_datakey", key_id=key_id, **fields) == (400, code)
    wrong_length = {"cipher_text": wrapped.cipher_text, "datakey_cipher_length": "32"}
    assert sdk.refusal("decrypt_datakey", key_id=key_id, **wrong_length) == (400, "KMS.2204")


def test_a_data_key_does_not_open_as_data_nor_data_as_a_data_key(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    data_key = sdk.create_datakey(key_id=key_id).cipher_text
    data = sdk.encrypt_data(key_id=key_id, plain_text="x" * 32).cipher_text

    as_data = base64.b64encode(bytes.fromhex(data_key)).decode()
    as_data_key = base64.b64decode(data).hex()

    assert sdk.refusal("decrypt_data", cipher_text=as_data) == (400, "KMS.2201")
    wrong = {"key_id": key_id, "cipher_text": as_data_key, "datakey_cipher_length": "32"}
    assert sdk.refusal("decrypt_datakey", **wrong) == (400, "KMS.2201")


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_an_rsa_key_pair_fits_and_its_private_half_opens_by_decrypt_data(sdk: Sdk, spec: str) -> None:
    key_id = sdk.new_key()

    made = sdk.create_rsa_datakey_pair(key_id=key_id, key_spec=spec, with_plain_text=True)
    opened = sdk.decrypt_data(cipher_text=made.private_key_cipher_text)

    private_key: Any = load_der_private_key(base64.b64decode(made.private_key_plain_text), None)
    assert isinstance(private_key, rsa.RSAPrivateKey)
    assert private_key.key_size == int(spec.removeprefix("RSA_"))
    assert opened.plain_text_base64 == made.private_key_plain_text
    assert same_public_key(private_key, made.public_key)
    assert (made.key_id, made.key_spec) == (key_id, spec)


@pytest.mark.parametrize(
    ("spec", "curve"),
    [
        ("ECC_NIST_P256", "secp256r1"),
        ("ECC_NIST_P384", "secp384r1"),
        ("ECC_NIST_P521", "secp521r1"),
        ("ECC_SECG_P256K1", "secp256k1"),
    ],
)
def test_a_curve_key_pair_fits_and_shows_its_private_half_only_when_asked(sdk: Sdk, spec: str, curve: str) -> None:
    key_id = sdk.new_key("SM4")

    made = sdk.create_ec_datakey_pair(key_id=key_id, key_spec=spec, additional_authenticated_data="a")
    opened = sdk.decrypt_data(cipher_text=made.private_key_cipher_text, additional_authenticated_data="a")

    assert made.private_key_plain_text is None
    private_key: Any = load_der_private_key(base64.b64decode(opened.plain_text_base64), None)
    assert private_key.curve.name == curve
    assert same_public_key(private_key, made.public_key)


def test_key_pairs_of_other_kinds_are_refused(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    assert sdk.refusal("create_ec_datakey_pair", key_id=key_id, key_spec="SM2") == (400, "KMS.0340")
    assert sdk.refusal("create_rsa_datakey_pair", key_id=key_id, key_spec="ECC_NIST_P256") == (400, "KMS.0340")


def test_ciphertexts_move_from_key_to_key_and_stay_what_they_are(sdk: Sdk) -> None:
    aes, sm4 = sdk.new_key(), sdk.new_key("SM4")
    rsa_key = sdk.new_key("RSA_2048", key_usage="ENCRYPT_DECRYPT")
    data = sdk.encrypt_data(key_id=aes, plain_text="moving", additional_authenticated_data="a").cipher_text
    data_key = sdk.create_datakey(key_id=aes, datakey_length="512")

    moved = sdk.re_encrypt(
        cipher_text=data,
        source_key_id=aes,
        destination_key_id=sm4,
        source_additional_authenticated_data="a",
        destination_additional_authenticated_data="b",
    )
    into_rsa = sdk.re_encrypt(
        cipher_text=moved.cipher_text,
        destination_key_id=rsa_key,
        source_additional_authenticated_data="b",
        destination_encryption_algorithm="RSAES_OAEP_SHA_256",
    )
    moved_key = sdk.re_encrypt(cipher_text=data_key.cipher_text, destination_key_id=sm4, datakey_cipher_length="64")

    assert (moved.key_id, moved.source_key_id) == (sm4, aes)
    assert moved.destination_encryption_algorithm == "SYMMETRIC_DEFAULT"
    assert sdk.decrypt_data(cipher_text=moved.cipher_text, additional_authenticated_data="b").plain_text == "moving"
    opened = sdk.decrypt_data(key_id=rsa_key, cipher_text=into_rsa.cipher_text, **RSA_OAEP)
    assert opened.plain_text == "moving"
    wrapped = {"key_id": sm4, "cipher_text": moved_key.cipher_text, "datakey_cipher_length": "64"}
    assert sdk.decrypt_datakey(**wrapped).data_key == data_key.plain_text
    as_data = base64.b64encode(bytes.fromhex(data_key.cipher_text)).decode()
    assert sdk.refusal("re_encrypt", cipher_text=as_data, destination_key_id=sm4) == (400, "KMS.2201")


@pytest.mark.parametrize("bits", ["8", 512, "8192"])
def test_random_data_has_the_bits_asked_for(sdk: Sdk, bits: Any) -> None:
    made = {sdk.create_random(random_data_length=bits).random_data for _ in range(3)}

    assert {len(one) * 4 for one in made} == {int(bits)}
    assert len(made) > 1


@pytest.mark.parametrize(("bits", "code"), [("0", "KMS.1801"), ("8200", "KMS.1801"), ("12", "KMS.1802")])
def test_random_lengths_are_checked(sdk: Sdk, bits: str, code: str) -> None:
    assert sdk.refusal("create_random", random_data_length=bits) == (400, code)


def test_a_default_key_is_made_by_its_first_data_key_and_serves_nothing_else(sdk: Sdk) -> None:
    assert sdk.refusal("list_key_detail", key_id="obs/default") == (404, "KMS.0207")

    first = sdk.create_datakey_without_plaintext(key_id="obs/default")
    second = sdk.create_datakey(key_id="obs/default")

    assert first.key_id == second.key_id
    opened = sdk.decrypt_datakey(key_id=first.key_id, cipher_text=second.cipher_text, datakey_cipher_length="32")
    assert opened.data_key == second.plain_text
    seen = sdk.list_key_detail(key_id="obs/default").key_info
    assert (seen.key_id, seen.key_alias, seen.default_key_flag) == (first.key_id, "obs/default", "1")
    assert sdk.list_keys().keys == [first.key_id]
    for method, fields in (
        ("encrypt_data", {"plain_text": "x"}),
        ("disable_key", {}),
        ("delete_key", {"pending_days": "7"}),
        ("update_key_alias", {"key_alias": "mine"}),
        ("create_kms_tag", {"tag": {"key": "a", "value": "b"}}),
    ):
        assert sdk.refusal(method, key_id=first.key_id, **fields) == (400, "KMS.0211")
    assert sdk.refusal("create_datakey", key_id="vbs/default") == (400, "KMS.0205")


def same_public_key(private_key: Any, pem: str) -> bool:
    def der(key: Any) -> bytes:
        encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return encoded

    return der(private_key.public_key()) == der(load_pem_public_key(pem.encode()))
