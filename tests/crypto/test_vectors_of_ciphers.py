"""SM4-GCM and MACs agree with Wycheproof and with the RFCs, each case through our own functions."""

import re

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag

from keys.crypto.errors import MacInvalid
from keys.crypto.macs import generate_mac, verify_mac
from keys.crypto.material import Material
from keys.crypto.primitives import hkdf_sha256, sm4_gcm_decrypt, sm4_gcm_encrypt
from tests.crypto.vectors import Case, case_name, wycheproof

SM4 = list(wycheproof("sm4_gcm"))
OUR_SM4 = [case for case in SM4 if (case["keySize"], case["ivSize"], case["tagSize"]) == (128, 96, 128)]
MACS = {"hmac_sha256": "HMAC_256", "hmac_sha384": "HMAC_384", "hmac_sha512": "HMAC_512", "hmac_sm3": "HMAC_SM3"}


@pytest.mark.parametrize("case", OUR_SM4, ids=case_name)
def test_sm4_gcm_agrees_with_wycheproof(case: Case) -> None:
    sealed = case["ct"] + case["tag"]

    if case["result"] == "valid":
        assert sm4_gcm_encrypt(case["key"], case["iv"], case["msg"], case["aad"]) == sealed
        assert sm4_gcm_decrypt(case["key"], case["iv"], sealed, case["aad"]) == case["msg"]
    else:
        with pytest.raises(InvalidTag):
            sm4_gcm_decrypt(case["key"], case["iv"], sealed, case["aad"])


def test_sm4_gcm_takes_nonces_of_12_bytes_only() -> None:
    others = [case for case in SM4 if case not in OUR_SM4]

    assert (len(OUR_SM4), len(others)) == (65, 39)
    for case in others:
        with pytest.raises(ValueError, match="a key of 16 bytes and a nonce of 12"):
            sm4_gcm_encrypt(case["key"], case["iv"], case["msg"], case["aad"])


@pytest.mark.parametrize(("name", "spec"), MACS.items())
def test_174_macs_agree_with_wycheproof(name: str, spec: str) -> None:
    cases = list(wycheproof(name))
    wrong = [
        case["tcId"]
        for case in cases
        if (generate_mac(Material(spec, case["key"]), case["msg"])[: case["tagSize"] // 8] == case["tag"])
        != (case["result"] == "valid")
    ]

    assert len(cases) == 174
    assert wrong == []


@pytest.mark.parametrize(("size", "spec"), [(256, "HMAC_256"), (384, "HMAC_384"), (512, "HMAC_512")])
def test_hmac_agrees_with_rfc_4231(size: int, spec: str) -> None:
    with cryptography_vectors.open_vector_file(f"HMAC/rfc-4231-sha{size}.txt", "r") as file:
        text = file.read()
    cases = re.findall(r"^Key = (\w+)\n(?:#.*\n)*Msg = (\w+)\nMD = (\w+)", text, re.MULTILINE)

    assert len(cases) >= 6
    for key, message, mac in cases:
        assert generate_mac(Material(spec, bytes.fromhex(key)), bytes.fromhex(message)).hex().startswith(mac)


def test_hkdf_agrees_with_rfc_5869() -> None:
    with cryptography_vectors.open_vector_file("KDF/rfc-5869-HKDF-SHA256.txt", "r") as file:
        text = file.read()
    cases = [dict(re.findall(r"^(\w+) *= *(\w*)", block, re.MULTILINE)) for block in text.split("COUNT")[1:]]

    assert len(cases) == 3
    for case in cases:
        ikm, salt, info = (bytes.fromhex(case.get(name, "")) for name in ("IKM", "salt", "info"))
        assert hkdf_sha256(ikm, salt, info, int(case["L"])).hex() == case["OKM"]


@pytest.mark.parametrize("spec", MACS.values())
def test_every_flipped_bit_of_a_mac_is_refused(spec: str) -> None:
    material = Material(spec, bytes(range(32)))
    mac = generate_mac(material, b"message")

    verify_mac(material, b"message", mac)
    for bit in range(len(mac) * 8):
        changed = bytearray(mac)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(MacInvalid):
            verify_mac(material, b"message", bytes(changed))
    with pytest.raises(MacInvalid):
        verify_mac(material, b"message", mac[:-1])
