"""A root key in a PKCS#11 token: it wraps there, nobody can read it, and a token that was away comes back."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from keys.crypto.errors import RootKeyExists, RootKeyInvalid, RootKeyMissing, RootKeyUnreachable, WrappedRejected
from keys.crypto.keyring import Keyring
from keys.crypto.pkcs11 import Token
from tests.support.softhsm import PIN, SoftHsm

pytestmark = pytest.mark.needs("softhsm2-util")
LABEL = "kms root key"


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    hsm = SoftHsm(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(hsm.configuration))
    yield hsm
    import pkcs11

    pkcs11.unload(hsm.module)  # the next test has another token


@pytest.fixture
def token(hsm: SoftHsm) -> Token:
    """A token with the first root key in it."""
    token = token_of(hsm)
    token.add(1)
    return token


def token_of(hsm: SoftHsm, **other: str) -> Token:
    return Token(hsm.module, other.get("token", "kms"), other.get("key", LABEL), hsm.pin_file)


def stored(token: Token) -> Any:
    """The key as the library knows it."""
    return token._opened()[1]


def test_what_is_wrapped_in_the_token_has_the_one_format_and_opens_there(token):
    key = token.load()[1]

    wrapped = key.wrap(b"plaintext", b"place")

    assert wrapped[:5] == b"\x01\x00\x00\x00\x01"
    assert len(wrapped) == len(b"plaintext") + 33
    assert key.unwrap(wrapped, b"place") == b"plaintext"
    assert key.wrap(b"plaintext", b"place") != wrapped


def test_whatever_was_changed_is_refused_and_the_token_goes_on(token):
    key = token.load()[1]
    wrapped = key.wrap(b"plaintext", b"place")

    for changed, place in ((wrapped[:-1], b"place"), (wrapped[:-1] + b"\x00", b"place"), (wrapped, b"elsewhere")):
        with pytest.raises(WrappedRejected):
            key.unwrap(changed, place)
    assert key.unwrap(wrapped, b"place") == b"plaintext"


def test_nobody_can_read_the_root_key(token):
    import pkcs11

    key = stored(token)

    with pytest.raises(pkcs11.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]
    assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]
    assert key[pkcs11.Attribute.ALWAYS_SENSITIVE]
    assert not key[pkcs11.Attribute.WRAP]
    assert not key[pkcs11.Attribute.UNWRAP]


def test_the_fingerprint_tells_keys_apart_and_stays(token, hsm):
    token.add(2)

    first = {version: key.fingerprint for version, key in token.load().items()}

    assert {version: key.fingerprint for version, key in token_of(hsm).load().items()} == first
    assert len(bytes.fromhex(first[1])) == 8
    assert first[1] != first[2]


def test_a_keyring_of_a_token_takes_up_what_another_process_made(token, hsm):
    keyring = Keyring(token)
    pid = os.fork()  # as `up` does: the library begins anew there
    if pid == 0:
        try:
            token.add(2)
        except BaseException:  # noqa: BLE001 - whatever it is, the child ends here
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

    keyring.read_again()

    assert [*keyring.fingerprints] == [1, 2]
    assert keyring.unwrap(keyring.wrap(b"plaintext")) == b"plaintext"


def test_threads_share_it(token):
    key = token.load()[1]

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda one: key.unwrap(key.wrap(bytes([one]))), range(100)))

    assert opened == [bytes([one]) for one in range(100)]


def test_a_token_that_is_away_is_named_and_comes_back_by_itself(token, hsm):
    key = token.load()[1]
    wrapped = key.wrap(b"plaintext")

    hsm.take_away()
    for _ in range(2):
        with pytest.raises(RootKeyUnreachable, match="the token kms"):
            key.unwrap(wrapped)
        with pytest.raises(RootKeyUnreachable, match="the token kms"):
            key.wrap(b"plaintext")
    hsm.bring_back()

    assert key.unwrap(wrapped) == b"plaintext"


def test_a_wrong_pin_is_tried_once_and_a_corrected_one_works(token, hsm):
    hsm.pin_file.write_text("000000")
    other = token_of(hsm)
    for _ in range(20):
        with pytest.raises(RootKeyUnreachable, match="not tried again"):
            other.load()

    hsm.pin_file.write_text(PIN)

    assert [*other.load()] == [1]


def test_what_is_missing_is_named(token, hsm):
    with pytest.raises(RootKeyMissing, match="another label"):
        token_of(hsm, key="another label").load()
    with pytest.raises(RootKeyUnreachable, match="the token other"):
        token_of(hsm, token="other").load()
    hsm.pin_file.chmod(0o644)
    with pytest.raises(RootKeyInvalid, match="chmod 600"):
        token_of(hsm).load()
    hsm.pin_file.unlink()
    with pytest.raises(RootKeyUnreachable, match="no PIN"):
        token_of(hsm).load()


def test_a_module_that_is_no_module_is_named(hsm):
    with pytest.raises(RootKeyUnreachable, match="can't be loaded"):
        Token(str(hsm.pin_file), "kms", LABEL, hsm.pin_file).load()


def test_a_version_is_made_once_and_destroyed_for_good(token):
    with pytest.raises(RootKeyExists):
        token.add(1)
    token.add(2)

    token.remove([1])

    assert [*token.load()] == [2]


def test_a_key_that_could_be_taken_out_is_refused(token):
    import pkcs11

    token.load()
    token._session.generate_key(
        pkcs11.KeyType.AES, 256, id=(2).to_bytes(4), label=LABEL, store=True,
        template={pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False},
    )  # fmt: skip

    with pytest.raises(RootKeyInvalid, match="taken out"):
        token.load()
