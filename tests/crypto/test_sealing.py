"""Ciphertexts: they open with the very same key, version, purpose and additional data, and with nothing else."""

import subprocess
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.crypto.errors import CiphertextRejected, SignatureInvalid, SpecUnfit, WrappedRejected
from keys.crypto.material import Material, generate, unwrap_material, wrap_material
from keys.crypto.public_keys import pem_of
from keys.crypto.rootkey import RootKey
from keys.crypto.rsa_cipher import oaep_decrypt, oaep_encrypt
from keys.crypto.sealing import OVERHEAD, Purpose, open_sealed, read_header, seal
from keys.crypto.signing import algorithms_for, sign, verify

KEY_ID = uuid.UUID("0d0466b0-e727-4d9c-b35d-f84bb474a37f")
MATERIALS = {"AES_256": Material("AES_256", bytes(range(32))), "SM4": Material("SM4", bytes(range(16)))}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ADDITIONAL = st.one_of(st.none(), TEXTS, st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=4))
spec_of = pytest.mark.parametrize("spec", MATERIALS)


@spec_of
@given(plaintext=st.binary(max_size=4096), additional=ADDITIONAL, purpose=st.sampled_from(Purpose))
@settings(max_examples=100, deadline=None)
def test_what_was_sealed_opens(spec: str, plaintext: bytes, additional: object, purpose: Purpose) -> None:
    sealed = seal(MATERIALS[spec], KEY_ID, 7, purpose, plaintext, additional)  # type: ignore[arg-type]

    assert open_sealed(MATERIALS[spec], sealed, additional) == plaintext  # type: ignore[arg-type]
    assert read_header(sealed) == (purpose, KEY_ID, 7)
    assert len(sealed) == len(plaintext) + OVERHEAD


@spec_of
@given(first=ADDITIONAL, second=ADDITIONAL)
@settings(max_examples=150, deadline=None)
def test_other_additional_data_is_refused(spec: str, first: object, second: object) -> None:
    sealed = seal(MATERIALS[spec], KEY_ID, 1, Purpose.DATA, b"x", first)  # type: ignore[arg-type]

    if (first or None) == (second or None):
        assert open_sealed(MATERIALS[spec], sealed, second) == b"x"  # type: ignore[arg-type]
    else:
        with pytest.raises(CiphertextRejected):
            open_sealed(MATERIALS[spec], sealed, second)  # type: ignore[arg-type]


def test_a_text_never_equals_a_context_and_the_order_of_pairs_does_not_count() -> None:
    material = MATERIALS["AES_256"]
    sealed = seal(material, KEY_ID, 1, Purpose.DATA, b"x", {"b": "2", "a": "1"})

    assert open_sealed(material, sealed, {"a": "1", "b": "2"}) == b"x"
    assert open_sealed(material, seal(material, KEY_ID, 1, Purpose.DATA, b"x", ""), None) == b"x"
    assert open_sealed(material, seal(material, KEY_ID, 1, Purpose.DATA, b"x", {}), "") == b"x"
    for other in ("a1b2", "a=1,b=2", {"a": "1b", "": "2"}, {"a": "1"}, None):
        with pytest.raises(CiphertextRejected):
            open_sealed(material, sealed, other)


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@spec_of
@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_flipped_bit_of_a_ciphertext_is_refused(spec: str, purpose: Purpose) -> None:
    sealed = seal(MATERIALS[spec], KEY_ID, 1, purpose, bytes(range(16)), "bound")

    texts = set()
    for bit in range(len(sealed) * 8):
        with pytest.raises(CiphertextRejected) as refused:
            open_sealed(MATERIALS[spec], flipped(sealed, bit), "bound")
        texts.add(str(refused.value))

    assert len(texts) == 1


@spec_of
@given(cut=st.integers(0, OVERHEAD + 15))
@settings(max_examples=60, deadline=None)
def test_a_shortened_ciphertext_is_refused(spec: str, cut: int) -> None:
    sealed = seal(MATERIALS[spec], KEY_ID, 1, Purpose.DATA, bytes(16))

    for part in (sealed[:cut], sealed[:cut] + b"x" * (len(sealed) - cut - 1), sealed + b"x"):
        with pytest.raises(CiphertextRejected):
            open_sealed(MATERIALS[spec], part)


@spec_of
def test_another_key_refuses(spec: str) -> None:
    with pytest.raises(CiphertextRejected):
        open_sealed(generate(spec), seal(MATERIALS[spec], KEY_ID, 1, Purpose.DATA, b"x"))


def test_material_of_other_specs_seals_nothing() -> None:
    with pytest.raises(SpecUnfit):
        seal(generate("HMAC_256"), KEY_ID, 1, Purpose.DATA, b"x")


@pytest.mark.parametrize("spec", ["AES_256", "SM4", "HMAC_512", "EC_P256"])
def test_every_flipped_bit_of_wrapped_material_is_refused(spec: str) -> None:
    root_key, material = RootKey(bytes(range(32))), generate(spec)
    wrapped = wrap_material(root_key, material, str(KEY_ID), 1)

    for bit in range(len(wrapped) * 8):
        with pytest.raises(WrappedRejected):
            unwrap_material(root_key, flipped(wrapped, bit), str(KEY_ID), 1, spec)


@pytest.mark.parametrize(("spec", "step"), [("RSA_2048", 1), ("EC_P256", 1), ("EC_P384", 1)])
def test_every_flipped_bit_of_a_signature_is_refused(
    spec: str, step: int, material_of: Callable[[str], Material]
) -> None:
    material, algorithm = material_of(spec), algorithms_for(spec)[0]
    assert material.public_key is not None
    signature = sign(material, algorithm, b"message", is_digest=False)

    verify(material.public_key, algorithm, b"message", signature, is_digest=False)
    for bit in range(0, len(signature) * 8, step):
        with pytest.raises(SignatureInvalid):
            verify(material.public_key, algorithm, b"message", flipped(signature, bit), is_digest=False)


@pytest.mark.parametrize(
    ("spec", "algorithm", "options"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256", ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", []),
        ("EC_P256", "ECDSA_SHA_256", []),
    ],
)
def test_openssl_verifies_our_signatures(
    spec: str, algorithm: str, options: list[str], material_of: Callable[[str], Material], tmp_path: Path
) -> None:
    material = material_of(spec)
    assert material.public_key is not None
    (tmp_path / "public.pem").write_text(pem_of(material.public_key))
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "signature").write_bytes(sign(material, algorithm, b"message", is_digest=False))

    command = ["openssl", "dgst", "-sha256", "-verify", "public.pem", *options, "-signature", "signature", "message"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "Verified OK" in done.stdout, done


def test_what_openssl_encrypts_as_the_page_says_opens(material_of: Callable[[str], Material], tmp_path: Path) -> None:
    material = material_of("RSA_2048")
    assert material.public_key is not None
    (tmp_path / "public.pem").write_text(pem_of(material.public_key))
    (tmp_path / "plain").write_bytes(b"from outside")
    page = (Path(__file__).parents[2] / "docs" / "ciphertext-format.md").read_text()
    command = page[page.index("openssl pkeyutl") : page.index("-out sealed") + len("-out sealed")].replace("\\\n", " ")

    subprocess.run(command.split(), cwd=tmp_path, check=True)

    assert oaep_decrypt(material, (tmp_path / "sealed").read_bytes()) == b"from outside"


@given(plaintext=st.binary(max_size=190))
@settings(max_examples=30, deadline=None)
def test_what_was_encrypted_with_the_public_key_opens(plaintext: bytes) -> None:
    material = rsa_material()
    assert material.public_key is not None

    assert oaep_decrypt(material, oaep_encrypt(material.public_key, plaintext)) == plaintext


def test_every_flipped_bit_of_an_rsa_ciphertext_is_refused() -> None:
    material = rsa_material()
    assert material.public_key is not None
    sealed = oaep_encrypt(material.public_key, b"secret")

    for bit in range(len(sealed) * 8):
        with pytest.raises(CiphertextRejected):
            oaep_decrypt(material, flipped(sealed, bit))


@cache
def rsa_material() -> Material:
    return generate("RSA_2048")
