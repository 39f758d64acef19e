"""The trail's MACs: a record fits behind the one it was written after, under the key of its trail, and nowhere else."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.crypto.errors import TrailBroken, WrappedRejected
from keys.crypto.rootkey import RootKey
from keys.crypto.trail import TrailKey


@pytest.fixture(scope="module")
def trail_key() -> TrailKey:
    return TrailKey.generate()


@given(previous=st.binary(max_size=64), record=st.binary(max_size=2000))
def test_a_record_fits_its_mac(trail_key, previous, record):
    mac = trail_key.mac(previous, record)

    trail_key.verify(previous, record, mac)
    assert len(mac) == 32


def test_the_mac_is_hmac_sha256_over_both_behind_their_lengths():
    mac = TrailKey(b"k" * 32).mac(b"previous", b"record")

    message = b"\x00\x00\x00\x08previous\x00\x00\x00\x06record"
    assert mac == hmac.new(b"k" * 32, message, hashlib.sha256).digest()


def test_a_changed_record_previous_or_mac_is_found(trail_key):
    original = (b"previous", b"record", trail_key.mac(b"previous", b"record"))

    for part, bytes_ in enumerate(original):
        for bit in range(len(bytes_) * 8):
            flipped = bytearray(bytes_)
            flipped[bit // 8] ^= 1 << bit % 8
            changed = [*original]
            changed[part] = bytes(flipped)
            with pytest.raises(TrailBroken):
                trail_key.verify(*changed)


def test_bytes_moved_between_previous_and_record_are_found(trail_key):
    mac = trail_key.mac(b"ab", b"c")

    for previous, record in [(b"a", b"bc"), (b"abc", b""), (b"", b"abc")]:
        with pytest.raises(TrailBroken):
            trail_key.verify(previous, record, mac)


@pytest.mark.parametrize("length", [0, 1, 16, 31])
def test_a_shortened_mac_is_refused(trail_key, length):
    with pytest.raises(TrailBroken):
        trail_key.verify(b"", b"record", trail_key.mac(b"", b"record")[:length])


def test_a_removed_or_moved_record_breaks_the_chain(trail_key):
    first = trail_key.mac(b"", b"first")
    second = trail_key.mac(first, b"second")
    third = trail_key.mac(second, b"third")

    trail_key.verify(second, b"third", third)
    with pytest.raises(TrailBroken):
        trail_key.verify(first, b"third", third)
    with pytest.raises(TrailBroken):
        trail_key.verify(b"", b"second", second)


def test_another_trail_key_makes_other_macs(trail_key):
    with pytest.raises(TrailBroken):
        TrailKey.generate().verify(b"", b"record", trail_key.mac(b"", b"record"))


def test_a_seal_fits_its_statement_alone_and_is_no_records_mac(trail_key):
    seal = trail_key.seal(b"statement")

    trail_key.verify_seal(b"statement", seal)
    for statement, other in [
        (b"statemenT", seal),
        (b"statement", seal[:31]),
        (b"statement", trail_key.mac(b"", b"statement")),
    ]:
        with pytest.raises(TrailBroken):
            trail_key.verify_seal(statement, other)
    with pytest.raises(TrailBroken):
        trail_key.verify(bytes(32), b"statement", seal)


def test_rotating_the_root_key_leaves_the_macs_as_they_were(root_key, trail_key):
    second = RootKey(bytes(32), version=2)
    mac = trail_key.mac(b"", b"record")

    rotated = TrailKey.unwrap(second, TrailKey.unwrap(root_key, trail_key.wrap(root_key)).wrap(second))

    rotated.verify(b"", b"record", mac)


def test_a_trail_key_opens_under_its_root_key_and_as_nothing_else(root_key, other_root_key, trail_key):
    wrapped = trail_key.wrap(root_key)

    with pytest.raises(WrappedRejected):
        TrailKey.unwrap(other_root_key, wrapped)
    with pytest.raises(WrappedRejected):
        TrailKey.unwrap(root_key, root_key.wrap(bytes(32), b"secret"))
    with pytest.raises(WrappedRejected):
        root_key.unwrap(wrapped)
