"""AES key wrap with padding agrees with NIST and RFC 5649, each case through our own function."""

import re
from collections.abc import Iterator

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from keys.crypto.primitives import aes_kwp_unwrap


def cases(path: str, names: tuple[str, str, str]) -> Iterator[tuple[bytes, bytes, bytes | None]]:
    """(key, wrapped, what is in it; None where it must be refused) of each case of a file."""
    with cryptography_vectors.open_vector_file(path, "r") as file:
        text = file.read()
    for block in re.split(r"^COUNT = \d+\n", text, flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^(\w+) = (\w+)$", block, re.MULTILINE))
        key, wrapped = (bytes.fromhex(fields[name]) for name in names[:2])
        yield key, wrapped, bytes.fromhex(fields[names[2]]) if names[2] in fields else None


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_500_key_wraps_agree_with_nist(bits: int) -> None:
    found = list(cases(f"keywrap/kwtestvectors/KWP_AD_{bits}.txt", ("K", "C", "P")))
    wrong = []
    for key, wrapped, plaintext in found:
        try:
            opened = aes_kwp_unwrap(key, wrapped)
        except InvalidUnwrap:
            opened = None
        if opened != plaintext:
            wrong.append(wrapped.hex())

    assert len(found) == 500
    assert sum(plaintext is None for _key, _wrapped, plaintext in found) == 100
    assert wrong == []


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_what_nist_wrapped_opens(bits: int) -> None:
    found = list(cases(f"keywrap/kwtestvectors/KWP_AE_{bits}.txt", ("K", "C", "P")))

    assert len(found) == 500
    assert [wrapped.hex() for key, wrapped, plaintext in found if aes_kwp_unwrap(key, wrapped) != plaintext] == []


def test_key_wrap_agrees_with_rfc_5649() -> None:
    first, second, *others = cases("keywrap/kwp_botan.txt", ("Key", "Output", "Input"))

    assert first[2] == bytes.fromhex("c37b7e6492584340bed12207808941155068f738")
    assert second[2] == b"ForPasi"
    for key, wrapped, plaintext in (first, second, *others):
        assert aes_kwp_unwrap(key, wrapped) == plaintext


@pytest.mark.parametrize("length", [*range(16), 17, 23, 31])
def test_bytes_that_can_be_no_key_wrap_are_refused(length: int) -> None:
    with pytest.raises(InvalidUnwrap):
        aes_kwp_unwrap(bytes(32), bytes(length))


@pytest.mark.parametrize("length", [0, 15, 17, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="valid AES key length"):
        aes_kwp_unwrap(bytes(length), bytes(16))
