"""Signatures, MACs and public keys in AWS's words."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keys.aws.names import Place
from tests.support.aws import from_base64, kms, refusal
from tests.support.people import Person

MESSAGE = b"an order"


@pytest.mark.parametrize("algorithm", ["RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"])
def test_rsa_signs_what_its_public_key_verifies(
    alice: Person, new_key: Callable[..., str], place: Place, algorithm: str
) -> None:
    key = new_key("RSA_2048")
    signed = kms(alice, "Sign", KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (place.key(key), algorithm)

    shown = kms(alice, "GetPublicKey", KeyId=key)

    assert (shown["KeySpec"], shown["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
    assert algorithm in shown["SigningAlgorithms"]
    public = load_der_public_key(from_base64(shown["PublicKey"]))
    assert isinstance(public, rsa.RSAPublicKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    public.verify(
        from_base64(signed["Signature"]), MESSAGE, pss if "PSS" in algorithm else padding.PKCS1v15(), hashes.SHA256()
    )


def test_a_digest_is_signed_as_its_message_is(alice: Person, new_key: Callable[..., str]) -> None:
    key, digest = new_key("EC_P256"), hashlib.sha256(MESSAGE).digest()
    wish = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = from_base64(kms(alice, "Sign", Message=digest, MessageType="DIGEST", **wish)["Signature"])

    assert kms(alice, "Verify", Message=MESSAGE, Signature=signature, **wish)["SignatureValid"] is True

    public = load_der_public_key(from_base64(kms(alice, "GetPublicKey", KeyId=key)["PublicKey"]))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))


def test_what_does_not_verify_is_an_exception(alice: Person, new_key: Callable[..., str]) -> None:
    wish = {"KeyId": new_key("EC_P256"), "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = from_base64(kms(alice, "Sign", Message=MESSAGE, **wish)["Signature"])

    assert refusal(alice, "Verify", Message=b"another", Signature=signature, **wish) == "KMSInvalidSignatureException"
    assert refusal(alice, "Verify", Message=MESSAGE, Signature=b"x", **wish) == "KMSInvalidSignatureException"


@pytest.mark.parametrize(("spec", "algorithm"), [("HMAC_256", "HMAC_SHA_256"), ("HMAC_512", "HMAC_SHA_512")])
def test_macs_are_generated_and_verified(
    alice: Person, new_key: Callable[..., str], place: Place, spec: str, algorithm: str
) -> None:
    key = new_key(spec)
    wish = {"KeyId": key, "Message": MESSAGE, "MacAlgorithm": algorithm}
    made = kms(alice, "GenerateMac", **wish)

    verified = kms(alice, "VerifyMac", Mac=from_base64(made["Mac"]), **wish)

    assert verified == {"KeyId": place.key(key), "MacValid": True, "MacAlgorithm": algorithm}
    assert refusal(alice, "VerifyMac", Mac=b"x" * 32, **wish) == "KMSInvalidMacException"


def test_a_key_of_another_kind_is_refused(alice: Person, key: str, new_key: Callable[..., str]) -> None:
    curve = new_key("EC_P256")
    assert (
        refusal(alice, "Sign", KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256") == "InvalidKeyUsageException"
    )
    assert (
        refusal(alice, "GenerateMac", KeyId=key, Message=b"x", MacAlgorithm="HMAC_SHA_256")
        == "InvalidKeyUsageException"
    )
    assert refusal(alice, "GetPublicKey", KeyId=key) == "UnsupportedOperationException"
    assert refusal(alice, "Encrypt", KeyId=curve, Plaintext=b"x") == "InvalidKeyUsageException"
    assert (
        refusal(alice, "Sign", KeyId=curve, Message=b"x", SigningAlgorithm="ECDSA_SHA_384")
        == "InvalidKeyUsageException"
    )


def test_a_neighbours_key_neither_signs_nor_shows_its_public_half(
    alice: Person, charlie: Person, new_key: Callable[..., str]
) -> None:
    key = new_key("EC_P256")

    assert refusal(charlie, "Sign", KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256") == "NotFoundException"
    assert refusal(charlie, "GetPublicKey", KeyId=key) == "NotFoundException"
