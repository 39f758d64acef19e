"""Wrapped secrets: each opens for its own purpose and owner alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.crypto.errors import WrappedRejected
from keys.crypto.secrets import unwrap_secret, wrap_secret

SECRET = "jXb6Wc0VqzhTnOQk3PyRtLs2AfEuGd9iM4rN7x1B"
PURPOSE, OWNER = "access key", "QTWAOYTTINDUT2QVKYUC"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(secret=TEXT, purpose=TEXT, owner=TEXT)
def test_a_secret_comes_back_as_it_was_wrapped(root_key, secret, purpose, owner):
    wrapped = wrap_secret(root_key, secret, purpose, owner)

    assert unwrap_secret(root_key, wrapped, purpose, owner) == secret
    assert len(wrapped) == len(secret.encode()) + 33


@pytest.mark.parametrize(
    ("purpose", "owner"),
    [(PURPOSE, "another"), ("token", OWNER), (OWNER, PURPOSE), (PURPOSE + OWNER, ""), (PURPOSE, OWNER.lower())],
)
def test_another_purpose_or_owner_is_refused(root_key, purpose, owner):
    wrapped = wrap_secret(root_key, SECRET, PURPOSE, OWNER)

    with pytest.raises(WrappedRejected):
        unwrap_secret(root_key, wrapped, purpose, owner)


def test_another_root_key_is_refused(root_key, other_root_key):
    wrapped = wrap_secret(root_key, SECRET, PURPOSE, OWNER)

    with pytest.raises(WrappedRejected):
        unwrap_secret(other_root_key, wrapped, PURPOSE, OWNER)


def test_any_flipped_bit_is_refused(root_key):
    wrapped = wrap_secret(root_key, SECRET, PURPOSE, OWNER)

    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WrappedRejected):
            unwrap_secret(root_key, bytes(flipped), PURPOSE, OWNER)


def test_the_secret_does_not_show_in_what_is_stored(root_key):
    assert SECRET.encode() not in wrap_secret(root_key, SECRET, PURPOSE, OWNER)
