"""Data and data keys in AWS's words: Decrypt takes both, each by its own permission."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from console.access.caller import Caller
from console.models import Trace
from console.operations.roles import RoleWish
from console.operations.users import update_user
from keys import operations
from keys.aws.names import Place
from tests.support.aws import from_base64, kms, refusal
from tests.support.people import Person, with_access_key

CONTEXT = {"tenant": "blue", "table": "orders"}


def test_what_encrypt_makes_decrypt_opens_with_the_same_context(alice: Person, key: str, place: Place) -> None:
    made = kms(alice, "Encrypt", KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)
    assert (made["KeyId"], made["EncryptionAlgorithm"]) == (place.key(key), "SYMMETRIC_DEFAULT")

    opened = kms(alice, "Decrypt", CiphertextBlob=from_base64(made["CiphertextBlob"]), EncryptionContext=CONTEXT)

    assert (from_base64(opened["Plaintext"]), opened["KeyId"]) == (b"secret", place.key(key))
    for context in ({}, {"tenant": "blue"}, {**CONTEXT, "tenant": "red"}):
        wish = {"CiphertextBlob": from_base64(made["CiphertextBlob"]), "EncryptionContext": context}
        assert refusal(alice, "Decrypt", **wish) == "InvalidCiphertextException"


@pytest.mark.parametrize(
    ("size", "length"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)]
)
def test_a_data_key_is_opened_by_decrypt(
    alice: Person, key: str, place: Place, size: dict[str, Any], length: int
) -> None:
    made = kms(alice, "GenerateDataKey", KeyId=key, EncryptionContext=CONTEXT, **size)
    assert (made["KeyId"], len(from_base64(made["Plaintext"]))) == (place.key(key), length)

    blob = from_base64(made["CiphertextBlob"])
    opened = kms(alice, "Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT, KeyId=place.key(key))

    assert (opened["Plaintext"], opened["KeyId"]) == (made["Plaintext"], place.key(key))
    assert [one.name for one in Trace.objects.order_by("pk")][-2:] == ["createDataKey", "decryptDatakey"]


def test_a_data_key_without_plaintext_shows_none_and_opens_too(alice: Person, key: str) -> None:
    made = kms(alice, "GenerateDataKeyWithoutPlaintext", KeyId=key, NumberOfBytes=24)
    assert {*made} == {"CiphertextBlob", "KeyId"}

    opened = kms(alice, "Decrypt", CiphertextBlob=from_base64(made["CiphertextBlob"]))

    assert len(from_base64(opened["Plaintext"])) == 24


@pytest.mark.parametrize(
    "size",
    [
        {},
        {"KeySpec": "AES_256", "NumberOfBytes": 32},
        {"NumberOfBytes": 0},
        {"NumberOfBytes": 1025},
        {"NumberOfBytes": -1},
        {"KeySpec": "DES"},
        {"NumberOfBytes": "32"},
        {"NumberOfBytes": 10**40},
    ],
)
def test_a_data_keys_size_is_said_once_and_is_one_that_there_is(alice: Person, key: str, size: dict[str, Any]) -> None:
    assert refusal(alice, "GenerateDataKey", KeyId=key, **size) == "ValidationException"


def test_the_default_key_of_a_service_serves_data_keys_alone(alice: Person) -> None:
    made = kms(alice, "GenerateDataKey", KeyId="obs/default", KeySpec="AES_256")

    opened = kms(alice, "Decrypt", CiphertextBlob=from_base64(made["CiphertextBlob"]), KeyId="obs/default")

    assert opened["Plaintext"] == made["Plaintext"]
    assert refusal(alice, "Encrypt", KeyId=made["KeyId"], Plaintext=b"x") == "UnsupportedOperationException"


def test_an_old_version_still_decrypts(alice: Person, key: str) -> None:
    made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    kms(alice, "RotateKeyOnDemand", KeyId=key)

    opened = kms(alice, "Decrypt", CiphertextBlob=from_base64(made["CiphertextBlob"]))

    assert opened["Plaintext"] == made["Plaintext"]


def test_who_may_decrypt_data_alone_takes_no_data_keys(alice: Person, bob: Person, key: str) -> None:
    program = with_access_key(bob)
    operations.create_grant(alice.caller, key, grantee=bob.user.pk, operations=["decrypt-data"])
    data = from_base64(kms(alice, "Encrypt", KeyId=key, Plaintext=b"secret")["CiphertextBlob"])
    data_key = from_base64(kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256")["CiphertextBlob"])

    assert from_base64(kms(program, "Decrypt", CiphertextBlob=data)["Plaintext"]) == b"secret"
    assert refusal(program, "Decrypt", CiphertextBlob=data_key) == "AccessDeniedException"


def test_rsa_encrypts_and_decrypts(alice: Person, new_key: Callable[..., str]) -> None:
    key, algorithm = new_key("RSA_2048", "ENCRYPT_DECRYPT"), {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}

    made = kms(alice, "Encrypt", KeyId=key, Plaintext=b"secret", **algorithm)
    opened = kms(alice, "Decrypt", KeyId=key, CiphertextBlob=from_base64(made["CiphertextBlob"]), **algorithm)

    assert from_base64(opened["Plaintext"]) == b"secret"
    assert refusal(alice, "Encrypt", KeyId=key, Plaintext=b"x") == "InvalidKeyUsageException"
    assert refusal(alice, "Decrypt", KeyId=key, CiphertextBlob=b"x" * 256, **algorithm) == "InvalidCiphertextException"
    assert refusal(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256") == "UnsupportedOperationException"


@pytest.mark.parametrize("is_data_key", [False, True])
def test_re_encrypting_moves_a_ciphertext_and_lets_it_be_what_it_is(
    alice: Person, key: str, new_key: Callable[..., str], place: Place, is_data_key: bool
) -> None:
    other = new_key()
    if is_data_key:
        made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
        plaintext = made["Plaintext"]
    else:
        made = kms(alice, "Encrypt", KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)
        plaintext = "c2VjcmV0"

    moved = kms(
        alice,
        "ReEncrypt",
        CiphertextBlob=from_base64(made["CiphertextBlob"]),
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=other,
        DestinationEncryptionContext={"tenant": "red"},
    )

    assert (moved["SourceKeyId"], moved["KeyId"]) == (place.key(key), place.key(other))
    kms(alice, "DisableKey", KeyId=key)
    blob = from_base64(moved["CiphertextBlob"])
    assert kms(alice, "Decrypt", CiphertextBlob=blob, EncryptionContext={"tenant": "red"})["Plaintext"] == plaintext
    assert Trace.objects.latest("pk").name == ("decryptDatakey" if is_data_key else "decryptData")


@pytest.mark.parametrize(
    ("spec", "kind"), [("RSA_2048", rsa.RSAPrivateKey), ("ECC_NIST_P256", ec.EllipticCurvePrivateKey)]
)
def test_a_key_pair_is_made_and_its_private_half_opened_by_decrypt(
    alice: Person, key: str, spec: str, kind: type
) -> None:
    made = kms(alice, "GenerateDataKeyPair", KeyId=key, KeyPairSpec=spec, EncryptionContext=CONTEXT)
    private = load_der_private_key(from_base64(made["PrivateKeyPlaintext"]), None)
    assert isinstance(private, kind)
    assert private.public_key() == load_der_public_key(from_base64(made["PublicKey"]))

    blob = from_base64(made["PrivateKeyCiphertextBlob"])
    opened = kms(alice, "Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)

    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    without = kms(alice, "GenerateDataKeyPairWithoutPlaintext", KeyId=key, KeyPairSpec=spec)
    assert {*without} == {"KeyId", "KeyPairSpec", "PublicKey", "PrivateKeyCiphertextBlob"}


def test_random_bytes_are_as_many_as_asked_for(alice: Person) -> None:
    assert len(from_base64(kms(alice, "GenerateRandom", NumberOfBytes=1024)["Plaintext"])) == 1024
    assert refusal(alice, "GenerateRandom", NumberOfBytes=1025) == "ValidationException"


def test_a_ciphertext_of_another_key_has_an_exception_of_its_own(
    alice: Person, key: str, new_key: Callable[..., str]
) -> None:
    for made in (
        kms(alice, "Encrypt", KeyId=key, Plaintext=b"x"),
        kms(alice, "GenerateDataKey", KeyId=key, NumberOfBytes=9),
    ):
        blob = from_base64(made["CiphertextBlob"])
        assert refusal(alice, "Decrypt", CiphertextBlob=blob, KeyId=new_key()) == "IncorrectKeyException"


def test_a_damaged_ciphertext_tells_nothing(alice: Person, key: str) -> None:
    made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    blob = from_base64(made["CiphertextBlob"])

    for damaged in (blob[:-1], blob[:-1] + bytes([blob[-1] ^ 1]), blob[:2] + bytes(16) + blob[18:], b"x", b""):
        assert refusal(alice, "Decrypt", CiphertextBlob=damaged) == "InvalidCiphertextException"


def test_a_neighbours_ciphertext_is_a_damaged_one(alice: Person, charlie: Person, key: str) -> None:
    for made in (
        kms(alice, "Encrypt", KeyId=key, Plaintext=b"x"),
        kms(alice, "GenerateDataKey", KeyId=key, NumberOfBytes=9),
    ):
        blob = from_base64(made["CiphertextBlob"])
        assert refusal(charlie, "Decrypt", CiphertextBlob=blob) == "InvalidCiphertextException"
        assert refusal(charlie, "Decrypt", CiphertextBlob=blob, KeyId=key) == "NotFoundException"


def test_without_a_role_and_without_a_grant_nothing_opens(alice: Person, bob: Person, key: str) -> None:
    program = with_access_key(bob)
    made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    blob = from_base64(made["CiphertextBlob"])
    assert refusal(program, "Decrypt", CiphertextBlob=blob) == "AccessDeniedException"

    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS User")])

    assert kms(program, "Decrypt", CiphertextBlob=blob)["Plaintext"] == made["Plaintext"]


def test_a_grant_to_another_account_opens_data_keys(alice: Person, charlie: Person, key: str) -> None:
    wish = {"KeyId": key, "GranteePrincipal": charlie.user.pk, "Operations": ["GenerateDataKey", "Decrypt"]}
    kms(alice, "CreateGrant", **wish)

    made = kms(charlie, "GenerateDataKey", KeyId=key, KeySpec="AES_256")

    assert made["KeyId"] == Place.of(charlie.caller).key(key)
    assert kms(charlie, "Decrypt", CiphertextBlob=from_base64(made["CiphertextBlob"]), KeyId=made["KeyId"])
    assert refusal(charlie, "Encrypt", KeyId=key, Plaintext=b"x") == "AccessDeniedException"


def test_nothing_of_a_call_is_in_its_trace_but_names(alice: Person, key: str) -> None:
    made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)

    trace = Trace.objects.latest("pk")

    assert (trace.name, trace.resource_id, trace.status) == ("createDataKey", key, 200)
    assert made["Plaintext"] not in str(trace.detail)
    assert "blue" not in str(trace.detail)


def test_what_a_data_key_is_for_is_told_by_its_context(alice: Person, key: str) -> None:
    context = {"aws:s3:arn": "arn:aws:s3:::bucket/letter", "tenant": "blue"}
    kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=context)

    detail = Trace.objects.latest("pk").detail

    assert detail["used_for"] == {"kind": "object", "name": "arn:aws:s3:::bucket/letter"}
    assert "blue" not in str(detail)
