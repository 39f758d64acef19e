"""The worked example of docs/key-hierarchy.md is what the code makes, and the page alone suffices to open it."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.crypto.material import _context, unwrap_material
from keys.crypto.rootkey import RootKey
from keys.crypto.trail import TrailKey

PAGE = (Path(__file__).parents[2] / "docs" / "key-hierarchy.md").read_text()
KEY_ID = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"


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


def test_the_macs_of_the_page_are_the_ones_the_code_makes(example):
    trail_key = TrailKey(example["trail key"])

    assert trail_key.mac(b"", example["first record"]) == example["first mac"]
    assert trail_key.mac(example["first mac"], example["second record"]) == example["second mac"]
