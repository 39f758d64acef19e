"""Sealed values: they open with the very same data key at the very same place, and nowhere else."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.crypto.errors import CiphertextRejected
from keys.crypto.values import _seal_with_nonce, open_value, seal_value
from tests.crypto.test_sealing import flipped

DATA_KEY = bytes(range(32))
PLACE = ("mariadb/inst1", "7", 3)


@given(value=st.binary(max_size=4096), name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=100, deadline=None)
def test_what_was_sealed_opens(value: bytes, name: str) -> None:
    sealed = seal_value(DATA_KEY, value, "secret", name, 1)

    assert open_value(DATA_KEY, sealed, "secret", name, 1) == value
    assert len(sealed) == len(value) + 29


def test_a_worked_example() -> None:
    """The bound bytes, written by hand."""
    nonce = bytes(range(12))
    bound = (
        b"\x01\x00\x00\x00\x08kv value\x00\x00\x00\x0dmariadb/inst1\x00\x00\x00\x017\x00\x00\x00\x04\x00\x00\x00\x03"
    )

    assert _seal_with_nonce(nonce, DATA_KEY, b"value", *PLACE) == (
        b"\x01" + nonce + AESGCM(DATA_KEY).encrypt(nonce, b"value", bound)
    )


@pytest.mark.parametrize(
    "place",
    [("mariadb", "inst1/7", 3), ("mariadb/inst1", "7", 4), ("mariadb/inst1", "8", 3), ("mariadb/inst17", "", 3)],
)
def test_no_value_opens_in_the_place_of_another(place: tuple[str, str, int]) -> None:
    sealed = seal_value(DATA_KEY, b"value", *PLACE)

    with pytest.raises(CiphertextRejected):
        open_value(DATA_KEY, sealed, *place)


def test_nothing_opens_that_was_changed_or_cut_or_with_another_key() -> None:
    sealed = seal_value(DATA_KEY, b"value", *PLACE)

    for bit in range(len(sealed) * 8):
        with pytest.raises(CiphertextRejected):
            open_value(DATA_KEY, flipped(sealed, bit), *PLACE)
    for length in range(len(sealed)):
        with pytest.raises(CiphertextRejected):
            open_value(DATA_KEY, sealed[:length], *PLACE)
    with pytest.raises(CiphertextRejected):
        open_value(bytes(32), sealed, *PLACE)
