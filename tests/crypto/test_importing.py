"""Imported material: what openssl wrapped opens, what does not fit is refused for what it is, and what is destroyed can
still be told from other material, by us alone."""

import base64
import os
import secrets
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.crypto.errors import (
    CiphertextRejected,
    ExponentUnfit,
    MaterialLength,
    PrivateKeyClosed,
    PrivateKeyRejected,
    PrivateKeyUnfit,
    PrivateKeyUnreadable,
    TemporaryKeyLength,
    WrappedRejected,
)
from keys.crypto.importing import (
    WRAPPED_BYTES,
    WrappingKey,
    import_private_key,
    import_symmetric,
    is_same_material,
    wrap_check_value,
)
from keys.crypto.material import Material
from keys.crypto.rsa_cipher import oaep_encrypt
from tests.support.importing import PRIVATE_KEYS, SIZES, material_for, openssl, private_key_of, wrapped_for

KEY_ID, DIGEST = "0d0466b0-e727-4d9c-b35d-f84bb474a37f", bytes(range(32))
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def wrapping_key() -> WrappingKey:
    return WrappingKey.generate()


def taken(wrapping_key: WrappingKey, spec: str, private_key: bytes) -> Material:
    """The material of a private key that comes wrapped as it should be."""
    temporary_key = secrets.token_bytes(32)
    encrypted = oaep_encrypt(wrapping_key.public_half(), temporary_key)
    return import_private_key(wrapping_key, spec, encrypted, aes_key_wrap_with_padding(temporary_key, private_key))


def der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


# Private keys that no library would make, put together by hand (RFC 8017, A.1.2; RFC 5958)


def tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + length.to_bytes(size, "big") + content


def integer(number: int) -> bytes:
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def rsa_der(n: int, e: int, d: int, p: int, q: int, dp: int, dq: int, qi: int) -> bytes:
    key = tlv(0x30, b"".join(map(integer, (0, n, e, d, p, q, dp, dq, qi))))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return tlv(0x30, integer(0) + algorithm + tlv(4, key))


def rsa_numbers() -> dict[str, int]:
    loaded = load_der_private_key(private_key_of("RSA_2048"), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    own = loaded.private_numbers()
    n, e = own.public_numbers.n, own.public_numbers.e
    return {"n": n, "e": e, "d": own.d, "p": own.p, "q": own.q, "dp": own.dmp1, "dq": own.dmq1, "qi": own.iqmp}


def rsa_with_exponent(e: int) -> bytes:
    """A sound RSA key of 2048 bits with this exponent."""
    while True:
        own = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
        try:
            d = pow(e, -1, (own.p - 1) * (own.q - 1))
        except ValueError:
            continue
        return rsa_der(own.p * own.q, e, d, own.p, own.q, d % (own.p - 1), d % (own.q - 1), own.iqmp)


# What comes as it should


@pytest.mark.parametrize("spec", SIZES)
def test_symmetric_material_of_openssl_opens(wrapping_key: WrappingKey, spec: str) -> None:
    secret, wrapped = material_for(spec, wrapping_key.public_half())

    material = import_symmetric(wrapping_key, spec, wrapped.material)

    assert (material.spec, material._secret, material.public_key) == (spec, secret, None)
    assert len(wrapped.material) == WRAPPED_BYTES


@pytest.mark.parametrize("spec", PRIVATE_KEYS)
def test_a_private_key_of_openssl_opens(wrapping_key: WrappingKey, spec: str) -> None:
    secret, wrapped = material_for(spec, wrapping_key.public_half())

    material = import_private_key(wrapping_key, spec, *wrapped)

    assert material.spec == spec
    assert material._secret == secret
    assert material.public_key == openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", sent=secret)


def test_the_temporary_key_may_be_aes_128(wrapping_key: WrappingKey) -> None:
    wrapped = wrapped_for(wrapping_key.public_half(), private_key_of("EC_P256"), temporary_key=os.urandom(16))

    assert import_private_key(wrapping_key, "EC_P256", *wrapped)._secret == private_key_of("EC_P256")


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256"])
def test_the_older_forms_of_private_keys_become_pkcs8(wrapping_key: WrappingKey, spec: str) -> None:
    older = openssl("pkey", "-inform", "DER", "-traditional", "-outform", "DER", sent=private_key_of(spec))

    assert older != private_key_of(spec)
    assert taken(wrapping_key, spec, older)._secret == private_key_of(spec)


def test_a_curve_key_without_its_public_half_gets_it(wrapping_key: WrappingKey) -> None:
    whole = private_key_of("EC_P256")
    scalar = whole[36:68]
    bare = tlv(0x30, integer(0) + whole[6:27] + tlv(4, tlv(0x30, integer(1) + tlv(4, scalar))))

    assert taken(wrapping_key, "EC_P256", bare)._secret == whole


@pytest.mark.parametrize("exponent", [65537, 2**40 + 15, 2**255 + 95])
def test_exponents_from_65537_are_taken(wrapping_key: WrappingKey, exponent: int) -> None:
    assert taken(wrapping_key, "RSA_2048", rsa_with_exponent(exponent)).spec == "RSA_2048"


# What does not fit


@pytest.mark.parametrize(("spec", "size"), SIZES.items())
def test_material_of_another_size_is_refused_with_both_sizes(wrapping_key: WrappingKey, spec: str, size: int) -> None:
    for length in {1, 15, 16, 17, 31, 32, 33, 48, 64, 190} - {size}:
        with pytest.raises(MaterialLength) as refused:
            import_symmetric(wrapping_key, spec, oaep_encrypt(wrapping_key.public_half(), bytes(length)))
        assert (refused.value.length, refused.value.expected) == (length, size)


@pytest.mark.parametrize("length", [1, 15, 17, 24, 31, 33, 64])
def test_a_temporary_key_of_another_size_is_refused(wrapping_key: WrappingKey, length: int) -> None:
    encrypted = oaep_encrypt(wrapping_key.public_half(), bytes(length))

    with pytest.raises(TemporaryKeyLength) as refused:
        import_private_key(wrapping_key, "EC_P256", encrypted, bytes(144))
    assert refused.value.length == length


@settings(max_examples=60, deadline=None)
@given(bit=st.integers(0, WRAPPED_BYTES * 8 - 1))
def test_any_flipped_bit_of_encrypted_material_is_refused(wrapping_key: WrappingKey, bit: int) -> None:
    encrypted = bytearray(oaep_encrypt(wrapping_key.public_half(), bytes(32)))
    encrypted[bit // 8] ^= 1 << bit % 8

    with pytest.raises(CiphertextRejected):
        import_symmetric(wrapping_key, "AES_256", bytes(encrypted))


@pytest.mark.parametrize("digest", ["sha1", "sha384"])
def test_oaep_with_another_hash_is_refused(wrapping_key: WrappingKey, digest: str, tmp_path) -> None:
    path = tmp_path / "public.der"
    path.write_bytes(wrapping_key.public_half())
    options = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", f"rsa_oaep_md:{digest}")
    key = ("-pubin", "-keyform", "DER", "-inkey", str(path))

    with pytest.raises(CiphertextRejected):
        import_symmetric(wrapping_key, "AES_256", openssl("pkeyutl", "-encrypt", *key, *options, sent=bytes(32)))


@settings(max_examples=60, deadline=None)
@given(bit=st.integers(0, 144 * 8 - 1))
def test_any_flipped_bit_of_a_wrapped_private_key_is_refused(wrapping_key: WrappingKey, bit: int) -> None:
    wrapped = wrapped_for_p256(wrapping_key.public_half())
    changed = bytearray(wrapped[1])
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(PrivateKeyClosed):
        import_private_key(wrapping_key, "EC_P256", wrapped[0], bytes(changed))


def wrapped_for_p256(public_key: bytes) -> tuple[bytes, bytes]:
    return oaep_encrypt(public_key, bytes(32)), aes_key_wrap_with_padding(bytes(32), private_key_of("EC_P256"))


@pytest.mark.parametrize("found", PRIVATE_KEYS)
def test_a_private_key_of_another_spec_is_refused_with_both(wrapping_key: WrappingKey, found: str) -> None:
    names = {"EC_P256": "secp256r1", "EC_P384": "secp384r1"}
    names |= {spec: spec.replace("_", "-") for spec in PRIVATE_KEYS if spec.startswith("RSA")}

    for spec in PRIVATE_KEYS.keys() - {found}:
        with pytest.raises(PrivateKeyUnfit) as refused:
            taken(wrapping_key, spec, private_key_of(found))
        assert (refused.value.found, refused.value.expected) == (names[found], names[spec])


@pytest.mark.parametrize("spec", PRIVATE_KEYS)
@pytest.mark.parametrize(
    ("other", "name"),
    [
        (lambda: ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "secp521r1"),
        (lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024), "RSA-1024"),  # noqa: S505 - too weak on purpose: it is refused
        (ed25519.Ed25519PrivateKey.generate, "Ed25519"),
    ],
    ids=["secp256k1", "secp521r1", "RSA-1024", "Ed25519"],
)
def test_kinds_of_keys_that_no_spec_has_are_refused_by_name(
    wrapping_key: WrappingKey, spec: str, other: Callable[[], rsa.RSAPrivateKey], name: str
) -> None:
    with pytest.raises(PrivateKeyUnfit) as refused:
        taken(wrapping_key, spec, der(other()))
    assert refused.value.found == name


@pytest.mark.parametrize("spec", PRIVATE_KEYS)
def test_a_huge_rsa_key_costs_no_time(wrapping_key: WrappingKey, spec: str) -> None:
    """The check of such numbers would take minutes."""
    huge = (1 << 16_383) + 1
    started = time.process_time()

    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, spec, rsa_der(huge, 65537, huge, huge, huge, huge, huge, huge))
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256"])
def test_what_is_no_bare_der_of_a_private_key_is_unreadable(wrapping_key: WrappingKey, spec: str) -> None:
    whole = private_key_of(spec)
    loaded = load_der_private_key(whole, password=None)
    unreadable = [
        b"\x00",
        bytes(500),
        whole[:-1],
        whole + b"\x00",
        openssl("pkey", "-inform", "DER", "-outform", "PEM", sent=whole),
        base64.b64encode(whole),
        openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", sent=whole),
        loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
    ]

    for foreign in unreadable:
        with pytest.raises(PrivateKeyUnreadable) as refused:
            taken(wrapping_key, spec, foreign)
        assert refused.value.length == len(foreign)


@pytest.mark.parametrize("exponent", [3, 17, 257, 65535, 2**256 + 1, 2**300 + 157])
def test_an_unsafe_exponent_is_refused(wrapping_key: WrappingKey, exponent: int) -> None:
    with pytest.raises(ExponentUnfit):
        taken(wrapping_key, "RSA_2048", rsa_with_exponent(exponent))


def test_rsa_numbers_put_together_by_hand_are_a_key(wrapping_key: WrappingKey) -> None:
    assert rsa_der(**rsa_numbers()) == private_key_of("RSA_2048")


@pytest.mark.parametrize("name", ["n", "d", "p", "q", "dp", "dq", "qi"])
def test_an_rsa_key_whose_numbers_contradict_each_other_is_refused(wrapping_key: WrappingKey, name: str) -> None:
    numbers = rsa_numbers()
    numbers[name] += 2

    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, "RSA_2048", rsa_der(**numbers))


def test_an_rsa_key_of_a_composite_is_refused(wrapping_key: WrappingKey) -> None:
    """Everything fits but that the second factor is no prime."""
    p, composite = rsa_numbers()["p"], 0
    while (p * composite).bit_length() != 2048 or (composite - 1) % 65537 == 0:
        factors = rsa.generate_private_key(public_exponent=65537, key_size=1024).private_numbers()  # noqa: S505 - too weak on purpose: it is refused
        composite = factors.p * factors.q
    d = pow(65537, -1, (p - 1) * (composite - 1))
    qi = pow(composite, -1, p)
    foreign = rsa_der(p * composite, 65537, d, p, composite, d % (p - 1), d % (composite - 1), qi)

    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, "RSA_2048", foreign)


@pytest.mark.parametrize("scalar", [0, ORDER_OF_P256, ORDER_OF_P256 + 1, 2**256 - 1])
def test_a_scalar_outside_the_curves_order_is_refused(wrapping_key: WrappingKey, scalar: int) -> None:
    whole = private_key_of("EC_P256")

    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, "EC_P256", whole[:36] + scalar.to_bytes(32, "big") + whole[68:])


def test_a_curve_key_with_the_public_half_of_another_is_refused(wrapping_key: WrappingKey) -> None:
    whole, other = private_key_of("EC_P256"), private_key_of("EC_P256", 2)

    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, "EC_P256", whole[:-64] + other[-64:])
    with pytest.raises(PrivateKeyRejected):
        taken(wrapping_key, "EC_P256", whole[:-1] + bytes([whole[-1] ^ 1]))


# The wrapping key at rest


def test_a_wrapping_key_opens_for_its_own_key_and_token_alone(root_key, other_root_key, wrapping_key) -> None:
    wrapped = wrapping_key.wrap(root_key, KEY_ID, DIGEST)
    others = [(root_key, KEY_ID[::-1], DIGEST), (root_key, KEY_ID, bytes(32)), (other_root_key, KEY_ID, DIGEST)]

    assert WrappingKey.unwrap(root_key, wrapped, KEY_ID, DIGEST).public_half() == wrapping_key.public_half()
    for root, key_id, digest in others:
        with pytest.raises(WrappedRejected):
            WrappingKey.unwrap(root, wrapped, key_id, digest)


def test_a_wrapping_key_is_an_rsa_key_of_2048_bits(wrapping_key) -> None:
    shown = openssl("pkey", "-pubin", "-inform", "DER", "-noout", "-text", sent=wrapping_key.public_half()).decode()

    assert "2048 bit" in shown
    assert "Exponent: 65537" in shown
    assert WrappingKey.generate().public_half() != wrapping_key.public_half()


# The check value


@pytest.mark.parametrize("spec", [*SIZES, "RSA_2048", "EC_P384"])
def test_a_check_value_tells_the_same_material_from_any_other(root_key, material_of, spec) -> None:
    secret = material_of(spec)._secret

    check_value = wrap_check_value(root_key, material_of(spec), KEY_ID, 1)

    assert is_same_material(root_key, check_value, Material(spec, secret), KEY_ID, 1)
    for other in (secret[:-1] + bytes([secret[-1] ^ 1]), secret + b"\x00", secret[:-1], b""):
        assert not is_same_material(root_key, check_value, Material(spec, other), KEY_ID, 1)


def test_a_check_value_is_of_one_place(root_key, other_root_key, material_of) -> None:
    material = material_of("AES_256")
    check_value = wrap_check_value(root_key, material, KEY_ID, 1)

    for root, key_id, version in [(root_key, KEY_ID, 2), (root_key, KEY_ID[::-1], 1), (other_root_key, KEY_ID, 1)]:
        with pytest.raises(WrappedRejected):
            is_same_material(root, check_value, material, key_id, version)
    with pytest.raises(WrappedRejected):
        is_same_material(root_key, check_value, Material("HMAC_256", material._secret), KEY_ID, 1)


def test_check_values_of_the_same_material_have_nothing_in_common(root_key, material_of) -> None:
    first, second = (wrap_check_value(root_key, material_of("AES_256"), KEY_ID, 1) for _ in range(2))

    assert not {first[at : at + 8] for at in range(5, 90)} & {second[at : at + 8] for at in range(5, 90)}
    assert len(first) == len(wrap_check_value(root_key, material_of("RSA_2048"), KEY_ID, 1))
