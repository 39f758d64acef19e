"""Key material: what each spec generates really works, and opens for its own key, key version and spec alone."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.crypto.errors import UnknownSpec, WrappedRejected
from keys.crypto.material import (
    ALGORITHMS,
    KEPT_BYTES,
    Material,
    forget_unwrapped,
    generate,
    unwrap_material,
    wrap_material,
)
from keys.crypto.rootkey import RootKey

SYMMETRIC = {"AES_256": 32, "SM4": 16, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64, "HMAC_SM3": 32}
RSA = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
CURVES = {"EC_P256": "secp256r1", "EC_P384": "secp384r1"}
KEY_ID = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"


def test_the_table_has_every_spec():
    assert set(ALGORITHMS) == {*SYMMETRIC, *RSA, *CURVES}


@pytest.mark.parametrize(("spec", "size"), SYMMETRIC.items())
def test_a_symmetric_spec_is_random_bytes_of_its_size(material_of, spec, size):
    material = material_of(spec)

    assert material.spec == spec
    assert material.public_key is None
    assert len(material._secret) == size == ALGORITHMS[spec].size_in_bytes


@pytest.mark.parametrize(("spec", "bits"), RSA.items())
def test_an_rsa_spec_signs_for_its_public_half(material_of, spec, bits):
    material = material_of(spec)
    public = load_der_public_key(material.public_key)

    private = load_der_private_key(material._secret, password=None)  # with OpenSSL's own check of the numbers
    signature = private.sign(b"message", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())

    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == bits
    assert public.public_numbers().e == 65537
    public.verify(signature, b"message", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


@pytest.mark.parametrize(("spec", "curve"), CURVES.items())
def test_an_elliptic_curve_spec_signs_for_its_public_half(material_of, spec, curve):
    material = material_of(spec)
    public = load_der_public_key(material.public_key)

    private = load_der_private_key(material._secret, password=None)
    signature = private.sign(b"message", ec.ECDSA(hashes.SHA256()))

    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == curve
    public.verify(signature, b"message", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("spec", sorted({*SYMMETRIC, *CURVES, "RSA_2048", "RSA_3072"}))
def test_two_generations_differ(material_of, spec):
    assert generate(spec)._secret != material_of(spec)._secret


@pytest.mark.parametrize("spec", ["", "AES_128", "aes_256", "RSA_1024", "AES_256 "])
def test_an_unknown_spec_is_refused_with_the_known_ones(root_key, spec):
    with pytest.raises(UnknownSpec, match="AES_256, SM4"):
        generate(spec)
    with pytest.raises(UnknownSpec):
        unwrap_material(root_key, b"", KEY_ID, 1, spec)


@pytest.mark.parametrize("spec", ALGORITHMS)
def test_material_comes_back_as_it_was_wrapped(root_key, material_of, spec):
    material = material_of(spec)

    opened = unwrap_material(root_key, wrap_material(root_key, material, KEY_ID, 1), KEY_ID, 1, spec)

    assert opened._secret == material._secret
    assert (opened.spec, opened.public_key) == (spec, material.public_key)


@given(key_id=st.text(st.characters(exclude_categories=["Cs"])), version=st.integers(0, 2**32 - 1))
def test_any_key_id_and_version_binds(root_key, material_of, key_id, version):
    wrapped = wrap_material(root_key, material_of("AES_256"), key_id, version)

    assert unwrap_material(root_key, wrapped, key_id, version, "AES_256")._secret == material_of("AES_256")._secret
    for place in [(key_id + "x", version), (key_id, version ^ 1)]:
        with pytest.raises(WrappedRejected):
            unwrap_material(root_key, wrapped, *place, "AES_256")


@pytest.mark.parametrize("spec", ALGORITHMS)
def test_material_of_one_spec_opens_under_no_other(root_key, material_of, spec):
    wrapped = wrap_material(root_key, material_of(spec), KEY_ID, 1)

    for other in ALGORITHMS.keys() - {spec}:
        with pytest.raises(WrappedRejected):
            unwrap_material(root_key, wrapped, KEY_ID, 1, other)


@pytest.mark.parametrize("spec", ALGORITHMS)
def test_another_root_key_opens_nothing(root_key, other_root_key, material_of, spec):
    wrapped = wrap_material(root_key, material_of(spec), KEY_ID, 1)

    with pytest.raises(WrappedRejected):
        unwrap_material(other_root_key, wrapped, KEY_ID, 1, spec)


@pytest.mark.parametrize("spec", ALGORITHMS)
@settings(max_examples=30)
@given(data=st.data())
def test_any_flipped_bit_of_wrapped_material_is_refused(root_key, material_of, spec, data):
    wrapped = bytearray(wrap_material(root_key, material_of(spec), KEY_ID, 1))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(WrappedRejected):
        unwrap_material(root_key, bytes(wrapped), KEY_ID, 1, spec)


def test_material_opens_neither_as_a_secret_nor_as_bare_bytes(root_key, material_of):
    wrapped = wrap_material(root_key, material_of("AES_256"), KEY_ID, 1)

    for context in [(), (b"material",), (b"secret", KEY_ID.encode(), b"\x00\x00\x00\x01", b"AES_256")]:
        with pytest.raises(WrappedRejected):
            root_key.unwrap(wrapped, *context)


def test_one_root_key_takes_over_from_another(root_key, material_of):
    second = RootKey(bytes(reversed(range(32))), version=2)
    before = wrap_material(root_key, material_of("EC_P256"), KEY_ID, 1)

    after = wrap_material(second, unwrap_material(root_key, before, KEY_ID, 1, "EC_P256"), KEY_ID, 1)

    assert unwrap_material(second, after, KEY_ID, 1, "EC_P256")._secret == material_of("EC_P256")._secret
    with pytest.raises(WrappedRejected):
        unwrap_material(root_key, after, KEY_ID, 1, "EC_P256")


def test_what_was_unwrapped_is_kept_until_it_is_forgotten_by_its_key_or_in_whole(root_key, material_of):
    material = material_of("AES_256")
    asked = [(wrap_material(root_key, material, key_id, 1), key_id) for key_id in ("one", "two")]

    def unwrap_both() -> list[Material]:
        return [unwrap_material(root_key, wrapped, key_id, 1, "AES_256") for wrapped, key_id in asked]

    first, second = unwrap_both()
    again, other = unwrap_both()
    assert again is first
    assert other is second

    forget_unwrapped("one")
    again, other = unwrap_both()
    assert again is not first
    assert other is second

    forget_unwrapped()
    assert unwrap_both()[1] is not second


@pytest.mark.parametrize("spec", ["AES_256", "RSA_4096"])
def test_the_memory_for_what_was_unwrapped_is_bounded_whatever_its_kind(root_key, material_of, spec):
    forget_unwrapped()
    wrapped = wrap_material(root_key, material_of(spec), KEY_ID, 1)
    first = unwrap_material(root_key, wrapped, KEY_ID, 1, spec)
    many = KEPT_BYTES // (1024 if spec == "AES_256" else 4 * len(first._secret))

    for version in range(2, many + 2):
        more = wrap_material(root_key, material_of(spec), KEY_ID, version)
        unwrap_material(root_key, more, KEY_ID, version, spec)

    assert unwrap_material.cache_info().currsize <= KEPT_BYTES
    assert unwrap_material(root_key, wrapped, KEY_ID, 1, spec) is not first
    forget_unwrapped()
