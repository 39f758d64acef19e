"""Objects that hold secret bytes show none of them, whichever way they are printed or taken along."""

import base64
import copy
import json
import pickle
import pprint
import traceback

import pytest

from keys.crypto.backupfile import FileKey, _Chunks
from keys.crypto.importing import WrappingKey
from keys.crypto.material import Material
from keys.crypto.opaque import Opaque
from keys.crypto.providers import RootKeyFile
from keys.crypto.rootkey import RootKey
from keys.crypto.trail import TrailKey

SECRET = b"thirty-two bytes nobody may see!"
HOLDERS = [
    RootKey(SECRET, version=3),
    Material("AES_256", SECRET),
    TrailKey(SECRET),
    WrappingKey(SECRET),
    FileKey(SECRET),
    _Chunks(SECRET, b""),
]
SHAPES = {
    SECRET.decode(),
    repr(list(SECRET))[1:-1],
    SECRET.hex(),
    SECRET.hex().upper(),
    base64.b64encode(SECRET).decode(),
    base64.b64encode(SECRET).decode().rstrip("="),
}

holds_a_secret = pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)


def shows_the_secret(text: str) -> bool:
    return any(shape in text for shape in SHAPES)


@holds_a_secret
def test_no_printed_form_shows_the_bytes(holder):
    printed = [
        repr(holder),
        str(holder),
        f"{holder}",
        f"{holder!r}",
        "{}".format(holder),  # noqa: UP032
        "%s %r" % (holder, holder),  # noqa: UP031
        ascii(holder),
        pprint.pformat({"held": [holder]}),
        json.dumps({"held": holder}, default=str),
    ]

    assert not any(shows_the_secret(text) for text in printed)


@holds_a_secret
def test_no_public_attribute_has_the_bytes(holder):
    for name in dir(holder):
        if not name.startswith("_"):
            assert not shows_the_secret(str(getattr(holder, name)))

    with pytest.raises(TypeError):
        vars(holder)


@holds_a_secret
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(holder, protocol):
    with pytest.raises(TypeError, match="can't be pickled or copied"):
        pickle.dumps(holder, protocol)
    with pytest.raises(TypeError, match="can't be pickled or copied"):
        pickle.dumps({"held": [holder]}, protocol)
    with pytest.raises(TypeError):
        holder.__reduce_ex__(protocol)


@holds_a_secret
@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, lambda holder: holder.__getstate__(), json.dumps, bytes])
def test_copying_and_taking_the_state_are_refused(holder, take):
    with pytest.raises(TypeError) as caught:
        take(holder)

    assert not shows_the_secret(str(caught.value))


def test_what_tells_objects_apart_is_shown():
    root_key, material, trail_key, wrapping_key, file_key, _chunks = HOLDERS

    assert repr(root_key) == f"<RootKey version 3, fingerprint {root_key.fingerprint}>"
    assert repr(material) == "<Material of AES_256>"
    assert repr(trail_key) == "<TrailKey>"
    assert repr(wrapping_key) == "<WrappingKey>"
    assert repr(file_key) == "<FileKey>"


def test_every_holder_of_secret_bytes_is_tested_here():
    assert {type(holder) for holder in HOLDERS} == set(Opaque.__subclasses__())


def test_no_refusal_shows_the_bytes(tmp_path):
    path = tmp_path / "root.key"
    path.write_text(base64.b64encode(SECRET).decode() + "=")
    path.chmod(0o600)
    root_key = RootKey(SECRET)
    attempts = [
        lambda: RootKey(SECRET + b"!"),
        lambda: RootKey(SECRET, version=0),
        lambda: RootKey.from_text(base64.b64encode(SECRET).decode() + "="),
        lambda: RootKey.from_text(SECRET.decode()),
        lambda: RootKeyFile(path).load(),
        lambda: root_key.unwrap(SECRET),
        lambda: root_key.unwrap(root_key.wrap(SECRET), b"elsewhere"),
        lambda: TrailKey(SECRET).verify(b"", b"record", SECRET),
    ]

    for attempt in attempts:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever is raised
            attempt()
        assert not shows_the_secret("".join(traceback.format_exception(caught.value)))
