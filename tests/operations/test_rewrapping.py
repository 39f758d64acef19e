"""A new root key: every wrapped value comes under it, and nothing that was destroyed or changed comes back."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from console import protection
from console.access.one_time_codes import secret_of
from console.models import AccessKey, Authenticator, Process, Protection, TemporaryAccessKey, Trace
from console.operations import rewrapping
from console.operations import root_key as rotation
from console.operations.rewrapping import Pass, Wrapped, rewrap_all
from console.protection import root_key, trail_key
from console.serving import presence
from keys import operations
from keys.crypto.errors import CryptoError
from keys.crypto.importing import WrappingKey, is_same_material
from keys.crypto.material import unwrap_material
from keys.crypto.providers import RootKeyFile
from keys.crypto.rootkey import root_key_version_of
from keys.crypto.secrets import unwrap_secret, wrap_secret
from keys.models import ImportTicket, KeyVersion
from keys.operations.tickets import token_of, wrapping_key_of
from keys.specs import KeyOrigin
from tests.support.devices import with_app
from tests.support.keyring import Held, hold
from tests.support.people import Person


@pytest.fixture
def file(tmp_path: Path, settings) -> RootKeyFile:
    """The root key of the tests, in a file."""
    path = tmp_path / "root.key"
    path.write_text(settings.ROOT_KEY)
    path.chmod(0o600)
    settings.ROOT_KEY, settings.ROOT_KEY_FILE = "", path
    protection.forget()
    return RootKeyFile(path)


@pytest.fixture
def held(alice: Person) -> list[Held]:
    """Keys of three kinds, one of them imported, with an import under way; a temporary access key; an app."""
    kinds = {"AES_256": KeyOrigin.EXTERNAL, "EC_P256": KeyOrigin.KMS, "HMAC_512": KeyOrigin.KMS}
    made = [hold(alice.project, spec, origin=origin) for spec, origin in kinds.items()]
    operations.get_parameters_for_import(alice.caller, key_id=made[0].key.pk, algorithm="RSAES_OAEP_SHA_256")
    TemporaryAccessKey.objects.create(
        ak="TEMPORARY",
        user=alice.user,
        wrapped_secret=wrap_secret(root_key(), "secret", "temporary access key", "TEMPORARY"),
        is_bound=False,
        issued_at="2020-01-01T00:00Z",
        expires_at="2120-01-01T00:00Z",
    )
    with_app(alice)
    return made


def nothing(_: int) -> None:
    pass


def rotated() -> Pass:
    """What came of a rotation while nobody serves."""
    announced = rotation.announce()
    rotation.make_current(announced)
    made = rewrap_all(nothing)
    rotation.finish(root_key().version)
    return made


def versions() -> set[int]:
    """All versions that any wrapped value is under."""
    trail = root_key_version_of(bytes(Protection.objects.get().wrapped_trail_key))
    return {trail, *rewrapping.count_by_version()}


def test_every_column_of_wrapped_bytes_is_wrapped_anew():
    """Whoever adds a column named `wrapped_…` registers it in his `apps.py`."""
    found = {
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and field.attname.startswith("wrapped_")
    }

    assert {(one.model, one.column) for one in rewrapping.columns()} | {(Protection, "wrapped_trail_key")} == found


def test_everything_comes_under_the_new_version_and_opens_as_before(file, held, alice):
    before, old_trail_key, app_secret = root_key().fingerprint, trail_key(), secret_of(Authenticator.objects.get())
    ticket = ImportTicket.objects.get()
    token = token_of(ticket)

    made = rotated()

    assert (made.anew, made.passed_over, made.damaged) == (9, 0, [])
    assert versions() == {2}
    assert {*KeyVersion.objects.values_list("root_key_version", flat=True)} == {2}
    assert ImportTicket.objects.get().root_key_version == 2
    # As a process sees it that begins now, with the new root key alone.
    file.remove([1])
    protection.forget()
    assert (root_key().version, [*root_key().fingerprints]) == (2, [2])
    assert root_key().fingerprint != before
    assert trail_key().mac(b"", b"record") == old_trail_key.mac(b"", b"record")
    for one in held:
        wrapped = bytes(one.key.versions.get().wrapped_material)
        opened = unwrap_material(root_key(), wrapped, str(one.key.pk), 1, one.material.spec)
        assert opened._secret == one.material._secret
    imported = held[0].key.versions.get()
    assert is_same_material(root_key(), bytes(imported.wrapped_check_value), held[0].material, str(held[0].key.pk), 1)
    assert token_of(ImportTicket.objects.get()) == token
    assert isinstance(wrapping_key_of(held[0].key, token), WrappingKey)
    row = AccessKey.objects.get(pk=alice.ak)
    assert unwrap_secret(root_key(), bytes(row.wrapped_secret), "access key", row.pk) == alice.sk
    assert secret_of(Authenticator.objects.get()) == app_secret


def test_what_is_destroyed_or_changed_between_reading_and_writing_stays_so(file, held, monkeypatch):
    destroyed, changed = held[1].key.versions.get(), held[2].key.versions.get()
    fresh = bytes(changed.wrapped_material)[:5] + b"what somebody else wrote meanwhile, under the same version"
    replace = Wrapped.replace

    def meanwhile(column, wrapped_anew):
        if column.column == "wrapped_material":
            KeyVersion.objects.filter(pk=destroyed.pk).update(wrapped_material=None)
            KeyVersion.objects.filter(pk=changed.pk).update(wrapped_material=fresh)
        return replace(column, wrapped_anew)

    announced = rotation.announce()
    rotation.make_current(announced)
    with monkeypatch.context() as patched:
        patched.setattr(Wrapped, "replace", meanwhile)
        made = rewrap_all(nothing)

    assert made.passed_over == 2
    assert KeyVersion.objects.get(pk=destroyed.pk).wrapped_material is None
    assert bytes(KeyVersion.objects.get(pk=changed.pk).wrapped_material) == fresh
    assert rewrap_all(nothing).damaged == [f"key version, wrapped material of {held[2].key.pk} 1 HMAC_512"]


def test_what_a_process_that_had_not_noticed_wrote_meanwhile_is_found_by_the_next_pass(file, caller):
    rotated()
    root_key().use(1)
    operations.create_key(caller, alias="late")
    root_key().use(2)

    assert versions() == {1, 2}
    assert rewrap_all(nothing).anew == 1
    assert versions() == {2}
    assert rewrap_all(nothing) == Pass()


@pytest.mark.parametrize("cut", [1, 80])
def test_a_damaged_value_stays_and_keeps_nobody_from_the_others(file, held, cut):
    version = held[0].key.versions.get()
    damaged = bytes(version.wrapped_material)[:-cut]
    KeyVersion.objects.filter(pk=version.pk).update(wrapped_material=damaged)

    made = rotated()

    assert made.anew == 8
    assert made.damaged == [f"key version, wrapped material of {held[0].key.pk} 1 AES_256"]
    assert bytes(KeyVersion.objects.get(pk=version.pk).wrapped_material) == damaged
    with pytest.raises(rotation.OldVersionsNeeded, match=r"1 under version (1|unknown)"):
        rotation.remove_old()


@pytest.mark.parametrize("stop_after", [rotation.announce, rotation.make_current, rewrap_all, None])
def test_a_rotation_that_was_interrupted_goes_on_with_the_same_version(file, held, stop_after):
    for step in (rotation.announce, rotation.make_current, rewrap_all):
        if step is rotation.announce:
            announced = rotation.announce()
        else:
            step(announced if step is rotation.make_current else nothing)
        if step is stop_after:
            break
    if stop_after is None:
        rotation.finish(2)
    protection.forget()

    rotated()

    assert versions() == {2 if stop_after else 3}
    assert [*file.load()] == ([1, 2] if stop_after else [1, 2, 3])


def test_a_version_that_somebody_put_there_is_the_next_one(file, alice):
    file.add(7)

    rotated()

    assert root_key().version == 7
    assert [*file.load()] == [1, 7]


def test_a_next_version_that_was_made_elsewhere_is_waited_for_or_given_up(file, alice):
    Protection.objects.update(next_version=2, next_fingerprint="0123456789abcdef")

    with pytest.raises(rotation.RotationElsewhere, match="0123456789abcdef"):
        rotation.announce()
    assert rotation.begin_anew()
    rotated()

    assert root_key().version == 2
    assert not rotation.begin_anew()


def test_a_rotation_is_traced_once_in_the_trail_of_the_server_s_account(file, alice):
    rotated()

    trace = Trace.objects.get(name="rotateRootKey")
    assert (trace.account_id, trace.user_name, trace.status) == (alice.account.pk, "server", 200)
    assert trace.detail == {"from": 1, "to": 2, "fingerprint": root_key().fingerprint}


def test_old_versions_are_removed_once_nothing_needs_them(file, held):
    rotation.announce()
    with pytest.raises(rotation.OldVersionsNeeded, match="under way"):
        rotation.remove_old()
    rotated()

    assert rotation.remove_old() == [1]
    assert rotation.remove_old() == []
    assert [*file.load()] == [2]


def test_with_the_root_key_in_the_environment_the_operator_puts_the_new_one_beside_it(settings, held):
    with pytest.raises(CryptoError, match="openssl rand"):
        rotation.announce()
    settings.ROOT_KEY = f"1 {settings.ROOT_KEY}, 2 {base64.b64encode(bytes(32)).decode()}"
    protection.forget()

    rotated()

    assert versions() == {2}
    with pytest.raises(CryptoError, match="take version 1 out"):
        rotation.remove_old()


# What processes say


@pytest.fixture
def looked(monkeypatch) -> Callable[[], Process]:
    """This process as one that serves: what it says of itself after a look."""
    monkeypatch.setattr(presence._Presence, "process", None)
    monkeypatch.setattr(presence._Presence, "seen", None)
    monkeypatch.setattr(presence._Presence, "has_left", False)
    monkeypatch.setattr(presence._Presence, "looked_at", float("-inf"))
    monkeypatch.setattr(presence._Presence, "warned", "")

    def look() -> Process:
        presence.look()
        return Process.objects.get()

    return look


def test_a_process_says_which_root_keys_it_has_and_leaves_in_good_order(file, alice, looked):
    said = looked()

    assert said.has(1, root_key().fingerprint)
    assert said.root_key_version == 1
    assert said.version
    presence.leave()
    assert not Process.objects.exists()


def test_a_process_takes_up_what_is_announced_and_what_becomes_current(file, alice, looked):
    looked()
    announced = rotation.announce()
    root_key().use(1)
    assert rotation.without(2, announced.next_fingerprint)

    assert looked().has(2, announced.next_fingerprint)
    assert not rotation.without(2, announced.next_fingerprint)
    rotation.make_current(announced)
    root_key().use(1)  # as another process has it still
    assert rotation.behind(2)

    assert looked().root_key_version == 2
    assert root_key().version == 2
    assert not rotation.behind(2)


def test_a_version_that_is_copied_to_a_node_later_is_taken_up_when_it_comes(file, alice, looked):
    there = file.path.read_text()
    announced = rotation.announce()
    made = file.path.read_text()
    file.path.write_text(there)
    protection.forget()
    assert not looked().has(2, announced.next_fingerprint)

    file.path.write_text(made)

    assert looked().has(2, announced.next_fingerprint)


def test_a_process_goes_on_with_what_it_has_when_the_file_is_gone(file, alice, looked, caplog):
    looked()
    file.path.unlink()
    Protection.objects.update(next_version=2, next_fingerprint="0123456789abcdef")

    assert looked().root_key_version == 1
    assert "goes on with what it has" in caplog.text


def test_a_process_that_said_nothing_for_three_minutes_counts_no_more(alice):
    Process.objects.create(host="gone", pid=1, root_key_version=1, seen_at="2020-01-01T00:00Z")

    assert not rotation.without(2, "")
    assert Process.objects.stale().count() == 1
