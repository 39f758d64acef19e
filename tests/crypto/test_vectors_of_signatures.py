"""Signatures and RSA encryption agree with Wycheproof and NIST (FIPS 186), each case through our own functions."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.crypto.errors import CiphertextRejected, SignatureInvalid
from keys.crypto.material import Material
from keys.crypto.rsa_cipher import oaep_capacity, oaep_decrypt, oaep_encrypt
from keys.crypto.signing import verify
from tests.crypto.vectors import Case, nist, wycheproof

SIGNATURES = {
    "ecdsa_secp256r1_sha256": ("ECDSA_SHA_256", 484),
    "ecdsa_secp384r1_sha384": ("ECDSA_SHA_384", 504),
    "rsa_pss_2048_sha256_mgf1_32": ("RSASSA_PSS_SHA_256", 108),
    "rsa_pss_2048_sha384_mgf1_48": ("RSASSA_PSS_SHA_384", 141),
    "rsa_pss_3072_sha256_mgf1_32": ("RSASSA_PSS_SHA_256", 108),
    "rsa_pss_4096_sha384_mgf1_48": ("RSASSA_PSS_SHA_384", 141),
    "rsa_signature_2048_sha256": ("RSASSA_PKCS1_V1_5_SHA_256", 259),
    "rsa_signature_2048_sha384": ("RSASSA_PKCS1_V1_5_SHA_384", 258),
    "rsa_signature_2048_sha512": ("RSASSA_PKCS1_V1_5_SHA_512", 259),
    "rsa_signature_3072_sha256": ("RSASSA_PKCS1_V1_5_SHA_256", 259),
    "rsa_signature_4096_sha512": ("RSASSA_PKCS1_V1_5_SHA_512", 259),
}


def accepts(public_key: bytes, algorithm: str, message: bytes, signature: bytes) -> bool:
    try:
        verify(public_key, algorithm, message, signature, is_digest=False)
    except SignatureInvalid:
        return False
    return True


@pytest.mark.parametrize(("name", "algorithm", "number"), [(name, *rest) for name, rest in SIGNATURES.items()])
def test_wycheproof_signatures(name: str, algorithm: str, number: int) -> None:
    cases = list(wycheproof(name))
    wrong = []

    for case in cases:
        accepted = accepts(bytes.fromhex(case["publicKeyDer"]), algorithm, case["msg"], case["sig"])
        # An acceptable one leaves out a NULL that the standard asks for: stricter is fine.
        if accepted != (case["result"] == "valid") and case["result"] != "acceptable" and not is_other_salt(case):
            wrong.append(case["tcId"])

    assert len(cases) == number
    assert wrong == []


def is_other_salt(case: Case) -> bool:
    """A proper PSS signature with another salt length than the group's: we take any, as the contract leaves it open."""
    return "s_len changed" in case["comment"]


@pytest.mark.parametrize(
    ("path", "scheme", "number"),
    [
        ("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", "PKCS1_V1_5", 108),
        ("asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp", "PSS", 108),
    ],
)
def test_108_nist_rsa_signatures(path: str, scheme: str, number: int) -> None:
    cases = [
        case
        for case in nist(path)
        if case["heading"] in {"mod = 2048", "mod = 3072"} and case["SHAAlg"] in {"SHA256", "SHA384", "SHA512"}
    ]
    wrong = []

    for index, case in enumerate(cases):
        numbers = rsa.RSAPublicNumbers(int(case["e"], 16), int(case["n"], 16))
        der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        algorithm = f"RSASSA_{scheme}_SHA_{case['SHAAlg'][3:]}"
        accepted = accepts(der, algorithm, bytes.fromhex(case["Msg"]), bytes.fromhex(case["S"]))
        if accepted != case["Result"].startswith("P"):
            wrong.append(index)

    assert len(cases) == number
    assert wrong == []


@pytest.mark.parametrize(
    ("heading", "curve", "algorithm"),
    [("P-256,SHA-256", ec.SECP256R1(), "ECDSA_SHA_256"), ("P-384,SHA-384", ec.SECP384R1(), "ECDSA_SHA_384")],
)
def test_nist_ecdsa_15_signatures_a_curve(heading: str, curve: ec.EllipticCurve, algorithm: str) -> None:
    cases = [case for case in nist("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp") if case["heading"] == heading]
    wrong = []

    for index, case in enumerate(cases):
        accepted = False
        try:
            key = ec.EllipticCurvePublicNumbers(int(case["Qx"], 16), int(case["Qy"], 16), curve).public_key()
        except ValueError:
            key = None  # a point that is not on the curve
        if key is not None:
            der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            signature = encode_dss_signature(int(case["R"], 16), int(case["S"], 16))
            accepted = accepts(der, algorithm, bytes.fromhex(case["Msg"]), signature)
        if accepted != case["Result"].startswith("P"):
            wrong.append(index)

    assert len(cases) == 15
    assert wrong == []


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_wycheproof_37_oaep_ciphertexts_a_size(size: int) -> None:
    cases = list(wycheproof(f"rsa_oaep_{size}_sha256_mgf1sha256"))
    wrong = []

    for case in cases:
        material = Material(f"RSA_{size}", bytes.fromhex(case["privateKeyPkcs8"]))
        try:
            opened: bytes | None = oaep_decrypt(material, case["ct"])
        except CiphertextRejected:
            opened = None
        expected = case["msg"] if case["result"] == "valid" and not case["label"] else None  # ours has no label
        if opened != expected:
            wrong.append(case["tcId"])

    assert len(cases) == 37
    assert wrong == []


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_oaep_takes_as_many_bytes_as_it_says(size: int) -> None:
    case = next(wycheproof(f"rsa_oaep_{size}_sha256_mgf1sha256"))
    material = Material(f"RSA_{size}", bytes.fromhex(case["privateKeyPkcs8"]))
    most = oaep_capacity(material.spec)
    assert material.public_key is not None

    assert oaep_decrypt(material, oaep_encrypt(material.public_key, bytes(most))) == bytes(most)
    with pytest.raises(ValueError, match=r"Encryption failed|too long|too large"):
        oaep_encrypt(material.public_key, bytes(most + 1))
