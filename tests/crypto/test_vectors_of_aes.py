"""AES-256-GCM, HMAC and HKDF agree with Wycheproof and NIST, each case through our own functions."""

import re

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag

from keys.crypto.primitives import aes_256_gcm_decrypt, aes_256_gcm_encrypt, hkdf_sha256, hmac_sha256
from tests.crypto.vectors import Case, case_name, wycheproof

IS_OURS = {"keySize": 256, "ivSize": 96, "tagSize": 128}


AES_GCM = list(wycheproof("aes_gcm"))
OUR_AES_GCM = [case for case in AES_GCM if case.items() >= IS_OURS.items()]
OTHER_AES_GCM = [case for case in AES_GCM if case not in OUR_AES_GCM]
HMAC = list(wycheproof("hmac_sha256"))
HKDF = list(wycheproof("hkdf_sha256"))


def test_every_applicable_vector_is_run():
    assert len(OUR_AES_GCM) == 66
    assert len(OTHER_AES_GCM) == 250
    assert len(HMAC) == 174
    assert len(HKDF) == 86


@pytest.mark.parametrize("case", OUR_AES_GCM, ids=case_name)
def test_aes_256_gcm_agrees_with_wycheproof(case: Case):
    sealed = case["ct"] + case["tag"]

    if case["result"] == "valid":
        assert aes_256_gcm_encrypt(case["key"], case["iv"], case["msg"], case["aad"]) == sealed
        assert aes_256_gcm_decrypt(case["key"], case["iv"], sealed, case["aad"]) == case["msg"]
    else:
        with pytest.raises(InvalidTag):
            aes_256_gcm_decrypt(case["key"], case["iv"], sealed, case["aad"])


def test_keys_and_nonces_of_other_lengths_are_refused():
    for case in OTHER_AES_GCM:
        with pytest.raises(ValueError, match="a key of 32 bytes and a nonce of 12"):
            aes_256_gcm_encrypt(case["key"], case["iv"], case["msg"], case["aad"])


@pytest.mark.parametrize("case", HMAC, ids=case_name)
def test_hmac_sha256_agrees_with_wycheproof(case: Case):
    mac = hmac_sha256(case["key"], case["msg"])[: case["tagSize"] // 8]

    assert (mac == case["tag"]) == (case["result"] == "valid")


@pytest.mark.parametrize("case", HKDF, ids=case_name)
def test_hkdf_sha256_agrees_with_wycheproof(case: Case):
    if case["result"] == "valid":
        assert hkdf_sha256(case["ikm"], case["salt"], case["info"], case["size"]) == case["okm"]
    else:
        with pytest.raises(ValueError, match=r"[Cc]annot derive keys larger"):
            hkdf_sha256(case["ikm"], case["salt"], case["info"], case["size"])


def test_aes_256_gcm_agrees_with_nist():
    with cryptography_vectors.open_vector_file("ciphers/AES/GCM/gcmEncryptExtIV256.rsp", "r") as file:
        text = file.read()
    ours = re.findall(r"\[IVlen = 96\](?:\n\[\w+ = \d+\])*\n\[Taglen = 128\]\n([^\[]*)", text)
    cases = [
        {name: bytes.fromhex(value) for name, value in re.findall(r"^(\w+) = ([0-9a-f]*)$", block, re.MULTILINE)}
        for group in ours
        for block in re.split(r"^Count = \d+\n", group, flags=re.MULTILINE)[1:]
    ]

    assert len(cases) == 375
    for case in cases:
        sealed = aes_256_gcm_encrypt(case["Key"], case["IV"], case["PT"], case["AAD"])
        assert sealed == case["CT"] + case["Tag"]
        assert aes_256_gcm_decrypt(case["Key"], case["IV"], sealed, case["AAD"]) == case["PT"]
