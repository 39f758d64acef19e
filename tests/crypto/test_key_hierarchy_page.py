"""The worked example of docs/key-hierarchy.md is what the code makes, and the page alone suffices to open it."""

import base64
import hashlib
import hmac
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from keys.crypto.exporting import _export_with_header
from keys.crypto.importing import WrappingKey, _check_place, is_same_material
from keys.crypto.keytext import read_keys, text_of
from keys.crypto.material import Material, _context, unwrap_material
from keys.crypto.pkcs11 import fingerprint_of
from keys.crypto.rootkey import RootKey
from keys.crypto.trail import TrailKey

PAGE = (Path(__file__).parents[2] / "docs" / "key-hierarchy.md").read_text()
KEY_ID = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.fixture(scope="module")
def example() -> dict[str, bytes]:
    lines = re.findall(r"^([a-z][a-z ]*?) += ((?:[0-9a-f ]+\n)+)", PAGE, re.MULTILINE)
    return {name: bytes.fromhex(value.replace("\n", " ")) for name, value in lines}


def test_the_page_names_the_key_of_the_example():
    assert KEY_ID in PAGE


def test_the_fingerprint_is_the_one_the_code_makes(example):
    assert RootKey(example["root key"]).fingerprint == example["fingerprint"].hex()


def test_the_code_wraps_to_the_bytes_of_the_page(example):
    context = _context(KEY_ID, 1, "AES_256")

    wrapped = RootKey(example["root key"])._wrap_with_nonce(example["nonce"], example["material"], *context)

    assert wrapped == example["wrapped"]


def test_the_code_opens_the_bytes_of_the_page(example):
    material = unwrap_material(RootKey(example["root key"]), example["wrapped"], KEY_ID, 1, "AES_256")

    assert material._secret == example["material"]


def test_the_bytes_of_the_page_open_without_our_code(example):
    wrapped = example["wrapped"]

    plaintext = AESGCM(example["root key"]).decrypt(wrapped[5:17], wrapped[17:], example["associated data"])

    assert plaintext == example["material"]


def test_the_code_wraps_the_check_value_to_the_bytes_of_the_page(example):
    root_key, material = RootKey(example["root key"]), Material("AES_256", example["material"])
    opened = example["salt"] + example["mac of material"]

    wrapped = root_key._wrap_with_nonce(example["second nonce"], opened, *_check_place(KEY_ID, 1, "AES_256"))

    assert wrapped == example["check value"]
    assert is_same_material(root_key, example["check value"], material, KEY_ID, 1)


def test_the_check_value_of_the_page_opens_without_our_code(example):
    check_value = example["check value"]

    opened = AESGCM(example["root key"]).decrypt(check_value[5:17], check_value[17:], example["check data"])

    assert opened == example["salt"] + example["mac of material"]
    assert hmac.digest(example["salt"], example["material"], "sha256") == example["mac of material"]


def test_a_ticket_opens_by_the_associated_data_of_the_page(example):
    wrapping_key = WrappingKey.generate()

    wrapped = wrapping_key.wrap(RootKey(example["root key"]), KEY_ID, example["token digest"])

    private_key = AESGCM(example["root key"]).decrypt(wrapped[5:17], wrapped[17:], example["ticket data"])
    loaded = load_der_private_key(private_key, password=None)
    assert loaded.public_key().public_numbers() == load_der_public_key(wrapping_key.public_half()).public_numbers()


def test_the_code_exports_to_the_bytes_of_the_page(example):
    keys = read_keys(f"1 {_base64(example['exported'][4:36])}, 2 {_base64(example['exported'][40:])}")

    exported = _export_with_header(example["export header"], keys, example["export passphrase"].decode())

    lines = exported.splitlines()
    assert base64.b64decode("".join(lines[1:-1])) == example["export header"] + example["export ciphertext"]
    assert {*lines} >= {line for line in (lines[0], lines[-1]) if f"`{line}`" in PAGE}
    assert len(lines[1]) == 64


def test_the_export_of_the_page_opens_without_our_code(example):
    header = example["export header"]

    derived = hashlib.scrypt(
        example["export passphrase"], salt=header[4:20], n=1 << header[1], r=header[2], p=header[3], dklen=32
    )

    assert derived == example["export key"]
    assert AESGCM(derived).decrypt(header[20:], example["export ciphertext"], header) == example["exported"]


def test_the_text_form_is_the_one_that_the_page_tells():
    assert read_keys(text_of({1: RootKey(bytes(32)), 2: RootKey(bytes(range(32)), 2)}))[2].version == 2
    assert read_keys(_base64(bytes(32)))[1].version == 1


def test_the_fingerprint_of_a_token_s_key_is_the_one_of_the_page():
    """By a key whose bytes are known, in a token's place: nobody knows those of a token's."""

    class Known:
        def encrypt(self, plaintext: bytes, *, mechanism: object, mechanism_param: tuple[object, ...]) -> bytes:
            nonce, data, bits = vars(mechanism_param).values()
            assert bits == 128
            return AESGCM(bytes(range(32))).encrypt(nonce, plaintext, data)

    text = b"root key fingerprint"
    made = AESGCM(bytes(range(32))).encrypt(bytes(12), text, text)
    derived = HKDF(SHA256(), 8, None, text).derive(made)

    assert fingerprint_of(Known()) == derived.hex()


def test_the_macs_of_the_page_are_the_ones_the_code_makes(example):
    trail_key = TrailKey(example["trail key"])

    assert trail_key.mac(b"", example["first record"]) == example["first mac"]
    assert trail_key.mac(example["first mac"], example["second record"]) == example["second mac"]


def test_the_seal_of_the_page_is_the_one_the_code_makes(example):
    assert TrailKey(example["trail key"]).seal(example["statement"]) == example["seal"]
