"""The vectors of docs/ciphertext-format.md are what the code makes, and a decoder written from the page opens them."""

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from keys.crypto.additional import AdditionalData, encode_additional_data
from keys.crypto.material import Material
from keys.crypto.sealing import Header, Purpose, _derive, _seal_with_salt, open_sealed, read_header, seal
from tests.crypto.decoder import decode

PAGE = (Path(__file__).parents[2] / "docs" / "ciphertext-format.md").read_text()
FIELD = re.compile(r"^([a-z][a-z ]*?) += (.*(?:\n {18}[0-9a-f ]+)*)$", re.MULTILINE)


@dataclass(frozen=True)
class Vector:
    """One of the page's."""

    title: str
    fields: dict[str, str]

    def of(self, name: str) -> bytes:
        return bytes.fromhex(self.fields[name].replace("\n", " "))

    @property
    def material(self) -> Material:
        return Material(self.fields["key spec"], self.of("material"))

    @property
    def header(self) -> Header:
        purpose = Purpose(int(self.fields["purpose"]))
        return Header(purpose, uuid.UUID(self.fields["key id"]), int(self.fields["key version"]))

    @property
    def additional_data(self) -> AdditionalData:
        kind, _, text = self.fields["additional data"].partition(" ")
        if kind == "context":
            return dict(pair.split("=") for pair in text.split())
        return text if kind == "text" else None


VECTORS = [
    Vector(title, dict(FIELD.findall(block)))
    for title, block in re.findall(r"^### ([^\n]+)\n```\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
]


def title_of(vector: Vector) -> str:
    return vector.title


def test_the_page_has_six_vectors() -> None:
    assert len(VECTORS) == 6


@pytest.mark.parametrize("vector", VECTORS, ids=title_of)
def test_the_code_makes_the_bytes_of_the_page(vector: Vector) -> None:
    purpose, key_id, version = vector.header

    derived = _derive(vector.material, vector.of("salt"), vector.of("ciphertext")[1:22])
    made = _seal_with_salt(
        vector.of("salt"), vector.material, key_id, version, purpose, vector.of("plaintext"), vector.additional_data
    )

    assert derived == (vector.of("message key"), vector.of("nonce"), vector.of("commitment"))
    assert encode_additional_data(vector.additional_data) == vector.of("encoded")
    assert made == vector.of("ciphertext")


@pytest.mark.parametrize("vector", VECTORS, ids=title_of)
def test_the_code_opens_the_bytes_of_the_page(vector: Vector) -> None:
    assert read_header(vector.of("ciphertext")) == vector.header
    opened = open_sealed(vector.material, vector.of("ciphertext"), vector.additional_data)
    assert opened == vector.of("plaintext")


@pytest.mark.parametrize("vector", VECTORS, ids=title_of)
def test_a_decoder_written_from_the_page_opens_them_and_what_is_sealed_now(vector: Vector) -> None:
    purpose, key_id, version = vector.header
    fresh = seal(vector.material, key_id, version, purpose, vector.of("plaintext"), vector.additional_data)

    for sealed in (vector.of("ciphertext"), fresh):
        found = decode(vector.of("material"), sealed, vector.additional_data)
        assert found == (int(purpose), key_id, version, vector.of("plaintext"))


def test_the_decoder_has_at_most_60_lines_and_knows_nothing_of_ours() -> None:
    text = (Path(__file__).parent / "decoder.py").read_text()

    assert len(text.splitlines()) <= 60
    assert "keys" not in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)
