"""The root key and its wrapping: what was wrapped opens in its own place, unchanged, and nowhere else."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keys.crypto.errors import RootKeyInvalid, WrappedRejected
from keys.crypto.rootkey import RootKey, root_key_version_of

PLACE = (b"material", b"key id")


@pytest.fixture(scope="module")
def wrapped(root_key: RootKey) -> bytes:
    return root_key.wrap(b"sixteen bytes ok", *PLACE)


@given(plaintext=st.binary(max_size=5000), context=st.lists(st.binary(max_size=40), max_size=5))
def test_what_is_wrapped_opens_in_its_context(root_key, plaintext, context):
    wrapped = root_key.wrap(plaintext, *context)

    assert root_key.unwrap(wrapped, *context) == plaintext
    assert len(wrapped) == len(plaintext) + 33


@given(context=st.lists(st.binary(max_size=4), max_size=4), other=st.lists(st.binary(max_size=4), max_size=4))
def test_another_context_is_refused(root_key, context, other):
    assume(context != other)
    wrapped = root_key.wrap(b"plaintext", *context)

    with pytest.raises(WrappedRejected):
        root_key.unwrap(wrapped, *other)


@pytest.mark.parametrize("other", [(b"ab", b"c"), (b"abc",), (b"c", b"ab"), (b"a", b"bc", b""), ()])
def test_a_context_cut_at_another_place_is_refused(root_key, other):
    wrapped = root_key.wrap(b"plaintext", b"a", b"bc")

    with pytest.raises(WrappedRejected):
        root_key.unwrap(wrapped, *other)


def test_any_flipped_bit_is_refused(root_key, wrapped):
    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << bit % 8

        with pytest.raises(WrappedRejected):
            root_key.unwrap(bytes(flipped), *PLACE)


def test_any_truncation_and_any_added_byte_is_refused(root_key, wrapped):
    changed = [wrapped[:length] for length in range(len(wrapped))]
    changed += [wrapped[start:] for start in range(1, len(wrapped))]
    changed += [wrapped + b"\x00", b"\x00" + wrapped, b"\x01" + wrapped]

    for bytes_ in changed:
        with pytest.raises(WrappedRejected):
            root_key.unwrap(bytes_, *PLACE)


@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused(root_key, garbage):
    for start in (b"", b"\x01\x00\x00\x00\x01"):
        with pytest.raises(WrappedRejected):
            root_key.unwrap(start + garbage, *PLACE)


def test_another_root_key_is_refused(other_root_key, wrapped):
    with pytest.raises(WrappedRejected):
        other_root_key.unwrap(wrapped, *PLACE)


def test_the_same_bytes_as_another_version_are_refused(wrapped):
    second = RootKey(bytes(range(32)), version=2)
    renamed = wrapped[:4] + b"\x02" + wrapped[5:]

    for bytes_ in (wrapped, renamed):
        with pytest.raises(WrappedRejected):
            second.unwrap(bytes_, *PLACE)


def test_every_refusal_reads_alike(root_key, other_root_key, wrapped):
    def refusal(key: RootKey, bytes_: bytes, *context: bytes) -> str:
        with pytest.raises(WrappedRejected) as caught:
            key.unwrap(bytes_, *context)
        return str(caught.value)

    texts = {
        refusal(root_key, b"", *PLACE),
        refusal(root_key, b"\x02" + wrapped[1:], *PLACE),
        refusal(root_key, wrapped[:-1], *PLACE),
        refusal(root_key, wrapped, b"elsewhere"),
        refusal(other_root_key, wrapped, *PLACE),
        refusal(RootKey(bytes(32), version=7), wrapped, *PLACE),
    }

    assert len(texts) == 1


def test_two_wraps_of_the_same_differ(root_key):
    assert len({root_key.wrap(b"plaintext") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("version", [1, 2, 258, 2**32 - 1])
def test_wrapped_bytes_name_their_root_key_version(version):
    key = RootKey(bytes(32), version)

    wrapped = key.wrap(b"plaintext")

    assert root_key_version_of(wrapped) == version
    assert key.unwrap(wrapped) == b"plaintext"


@pytest.mark.parametrize("bytes_", [b"", b"\x01", b"\x01" + bytes(31), b"\x00" + bytes(32), b"\x02" + bytes(32)])
def test_short_bytes_and_unknown_formats_name_no_version(bytes_):
    with pytest.raises(WrappedRejected):
        root_key_version_of(bytes_)


def test_the_fingerprint_tells_keys_apart_and_not_versions(root_key, other_root_key):
    assert root_key.fingerprint == RootKey(bytes(range(32)), version=9).fingerprint
    assert root_key.fingerprint != other_root_key.fingerprint
    assert len(bytes.fromhex(root_key.fingerprint)) == 8


@given(key=st.binary(min_size=32, max_size=32), before=st.text(" \t\r\n"), after=st.text(" \t\r\n"))
def test_the_text_form_is_base64_with_whitespace_around(key, before, after):
    read = RootKey.from_text(before + base64.b64encode(key).decode() + after, version=3)

    assert read.fingerprint == RootKey(key).fingerprint
    assert read.version == 3


GOOD = base64.b64encode(bytes(range(32))).decode()
MALFORMED = {
    "empty": "",
    "31 bytes": base64.b64encode(bytes(31)).decode(),
    "33 bytes": base64.b64encode(bytes(33)).decode(),
    "no padding": GOOD.rstrip("="),
    "other alphabet": base64.urlsafe_b64encode(b"\xff" * 32).decode(),
    "whitespace inside": GOOD[:20] + "\n" + GOOD[20:],
    "stray bits in the last letter": GOOD[:-2] + "9=",
    "hex": bytes(range(32)).hex(),
    "not ASCII": "ключ" * 11,
    "lone surrogate": "\udc80" * 44,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_text_is_refused_and_not_repeated(text):
    with pytest.raises(RootKeyInvalid, match="standard base64 of 32 bytes") as caught:
        RootKey.from_text(text)

    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("version", [0, -1, 2**32])
def test_a_version_outside_its_four_bytes_is_refused(version):
    with pytest.raises(RootKeyInvalid, match="whole number from 1"):
        RootKey(bytes(32), version)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(RootKeyInvalid, match="32 bytes"):
        RootKey(bytes(length))
