"""Rotation: when a version is due, who makes it, what pauses it, and that nothing encrypted before is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from console.access.caller import Caller
from console.models import Trace
from keys import errors, operations
from keys.models import Key, KeyVersion, VersionReason
from keys.operations.rotating import rotate_if_due, sweep_rotations
from keys.operations.sweeping import sweep_deletions
from tests.support.keyring import hold, hold_default
from tests.support.people import Person, owner

DAY = timedelta(days=1)


@pytest.fixture
def key(caller: Caller) -> Key:
    """A key that rotates."""
    made = operations.create_key(caller, alias="orders")
    return operations.enable_key_rotation(caller, made.pk)


def fall_due(key: Key, since: timedelta = timedelta(0)) -> None:
    Key.objects.filter(pk=key.pk).update(rotates_at=timezone.now() - since)


def versions(key: Key) -> list[tuple[int, str]]:
    return list(KeyVersion.objects.filter(key=key).order_by("number").values_list("number", "reason"))


def sealed_under(caller: Caller, key: Key) -> tuple[bytes, int]:
    """A ciphertext of the key as it is now, and the version that its header names."""
    sealed = operations.encrypt_data(caller, key_id=key.pk, plaintext=b"secret").ciphertext
    return sealed, int.from_bytes(sealed[18:22], "big")


def opens(caller: Caller, sealed: bytes, **options: Any) -> bool:
    return operations.decrypt_data(caller, ciphertext=sealed, **options).plaintext == b"secret"


# Old and new versions


@pytest.mark.parametrize("spec", ["AES_256", "SM4"])
def test_the_newest_version_encrypts_and_every_version_decrypts(caller: Caller, spec: str) -> None:
    key = operations.create_key(caller, alias="orders", key_spec=spec)
    sealed = [sealed_under(caller, key)]
    data_keys = [operations.create_datakey(caller, key_id=key.pk)]
    for _ in range(3):
        operations.rotate_key(caller, key.pk)
        sealed.append(sealed_under(caller, key))
        data_keys.append(operations.create_datakey(caller, key_id=key.pk))

    assert [number for _ciphertext, number in sealed] == [1, 2, 3, 4]
    for ciphertext, _number in sealed:
        assert opens(caller, ciphertext)
        assert opens(caller, ciphertext, key_id=key.pk)
        moved = operations.re_encrypt(caller, ciphertext=ciphertext, destination_key_id=key.pk).ciphertext
        assert int.from_bytes(moved[18:22], "big") == 4
        assert opens(caller, moved)
    for made in data_keys:
        opened = operations.decrypt_datakey(caller, key_id=key.pk, ciphertext=made.ciphertext)
        assert opened.plaintext == made.plaintext


def test_versions_have_material_of_their_own_wrapped_and_keep_date_and_reason(caller: Caller, key: Key) -> None:
    operations.rotate_key(caller, key.pk)
    fall_due(key)
    sweep_rotations()

    found = list(KeyVersion.objects.filter(key=key).order_by("number"))
    assert [(one.number, one.reason) for one in found] == [
        (1, VersionReason.CREATED),
        (2, VersionReason.ON_DEMAND),
        (3, VersionReason.AUTOMATIC),
    ]
    assert len({bytes(one.wrapped_material or b"") for one in found}) == 3
    assert len({len(one.wrapped_material or b"") for one in found}) == 1
    assert found[0].created_at < found[1].created_at < found[2].created_at


def test_destroying_a_key_destroys_every_version(caller: Caller, key: Key) -> None:
    operations.rotate_key(caller, key.pk)
    operations.schedule_key_deletion(caller, key.pk, 7)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now())

    sweep_deletions()

    assert set(KeyVersion.objects.filter(key=key).values_list("wrapped_material", flat=True)) == {None}


# When it is due


def test_switched_on_a_key_is_due_in_365_days(key: Key) -> None:
    assert key.rotates_at is not None
    assert key.rotates_at - timezone.now() == pytest.approx(365 * DAY, abs=DAY / 1440)


@pytest.mark.parametrize(("days", "allowed"), [(29, False), (30, True), (365, True), (366, False), (0, False)])
def test_an_interval_has_30_to_365_days(caller: Caller, key: Key, days: int, allowed: bool) -> None:
    if not allowed:
        with pytest.raises(errors.RotationIntervalInvalid):
            operations.update_key_rotation_interval(caller, key.pk, days)
        return
    changed = operations.update_key_rotation_interval(caller, key.pk, days)
    assert changed.rotates_at is not None
    assert changed.rotates_at - timezone.now() == pytest.approx(days * DAY, abs=DAY / 1440)


def test_a_shorter_interval_counts_from_where_the_present_one_began(caller: Caller, key: Key) -> None:
    Key.objects.filter(pk=key.pk).update(rotates_at=timezone.now() + 365 * DAY - 40 * DAY)

    changed = operations.update_key_rotation_interval(caller, key.pk, 60)
    assert changed.rotates_at is not None
    assert changed.rotates_at - timezone.now() == pytest.approx(20 * DAY, abs=DAY / 1440)

    operations.update_key_rotation_interval(caller, key.pk, 30)
    assert sealed_under(caller, key)[1] == 2


def test_switching_on_again_begins_with_365_days(caller: Caller, key: Key) -> None:
    operations.update_key_rotation_interval(caller, key.pk, 30)
    operations.disable_key_rotation(caller, key.pk)

    assert operations.enable_key_rotation(caller, key.pk).rotation_interval == 365


def test_the_sweep_makes_one_version_however_many_dates_were_missed(caller: Caller, key: Key) -> None:
    operations.create_key(caller, alias="does-not-rotate")
    operations.update_key_rotation_interval(caller, key.pk, 30)
    fall_due(key, since=100 * DAY)

    assert (sweep_rotations(), sweep_rotations()) == (1, 0)

    assert versions(key) == [(1, "created"), (2, "automatic")]
    key.refresh_from_db()
    assert key.rotates_at is not None
    assert key.rotates_at - timezone.now() == pytest.approx(30 * DAY, abs=DAY / 1440)
    trace = Trace.objects.get(name="rotateKey")
    assert (trace.user_name, trace.resource_id, trace.status) == ("server", str(key.pk), 200)
    assert trace.detail == {"version": 2, "reason": "automatic"}


def test_what_is_due_is_found_by_its_index(key: Key) -> None:
    assert "keys_due_for_rotation" in Key.objects.due_for_rotation().order_by("rotates_at").explain()


def test_the_command_sweep_rotates_what_is_due(caller: Caller, key: Key, capsys: pytest.CaptureFixture[str]) -> None:
    fall_due(key)

    call_command("sweep")

    assert "Rotated 1 keys that were due." in capsys.readouterr().out
    assert versions(key)[-1] == (2, "automatic")


def test_a_key_that_is_not_due_does_not_rotate(key: Key) -> None:
    assert not rotate_if_due(key)
    assert sweep_rotations() == 0
    assert versions(key) == [(1, "created")]
    assert not Trace.objects.filter(name="rotateKey").exists()


def test_encryption_after_the_date_waits_for_no_sweep(caller: Caller, key: Key) -> None:
    before, _number = sealed_under(caller, key)
    fall_due(key)

    assert sealed_under(caller, key)[1] == 2
    assert sealed_under(caller, key)[1] == 2
    assert opens(caller, before)
    assert Trace.objects.get(name="rotateKey").user_name == "server"


def test_data_keys_after_the_date_are_under_the_new_version(caller: Caller, key: Key) -> None:
    fall_due(key)

    made = operations.create_datakey(caller, key_id=key.pk)

    assert int.from_bytes(made.ciphertext[18:22], "big") == 2


def test_decrypting_an_old_ciphertext_rotates_nothing(caller: Caller, key: Key) -> None:
    sealed, _number = sealed_under(caller, key)
    fall_due(key)

    assert opens(caller, sealed)
    assert versions(key) == [(1, "created")]


def test_whoever_may_not_encrypt_rotates_nothing(bob: Person, key: Key) -> None:
    fall_due(key)

    with pytest.raises(errors.NotPermitted):
        operations.encrypt_data(bob.caller, key_id=key.pk, plaintext=b"x")
    assert versions(key) == [(1, "created")]


def test_rotation_on_demand_leaves_the_date_as_it_is_and_needs_no_rotation_switched_on(caller: Caller) -> None:
    still = operations.create_key(caller, alias="still")
    rotating = operations.enable_key_rotation(caller, operations.create_key(caller, alias="rotating").pk)

    operations.rotate_key(caller, still.pk)
    operations.rotate_key(caller, rotating.pk)

    assert versions(still) == versions(rotating) == [(1, "created"), (2, "on demand")]
    assert Key.objects.get(pk=still.pk).rotates_at is None
    assert Key.objects.get(pk=rotating.pk).rotates_at == rotating.rotates_at
    trace = Trace.objects.filter(name="rotateKey").latest("sequence")
    assert (trace.user_name, trace.detail) == (caller.name, {"version": 2, "reason": "on demand"})


# What pauses it


def test_a_disabled_key_does_not_rotate_and_does_so_at_once_on_its_return(caller: Caller, key: Key) -> None:
    operations.disable_key(caller, key.pk)
    fall_due(key, since=DAY)

    assert sweep_rotations() == 0
    assert versions(key) == [(1, "created")]
    operations.enable_key(caller, key.pk)

    assert versions(key) == [(1, "created"), (2, "automatic")]
    assert sealed_under(caller, key)[1] == 2


def test_a_key_that_returns_before_its_date_does_not_rotate(caller: Caller, key: Key) -> None:
    operations.disable_key(caller, key.pk)
    operations.enable_key(caller, key.pk)

    assert versions(key) == [(1, "created")]
    assert operations.get_key_rotation_status(caller, key.pk).is_enabled


def test_a_pending_deletion_pauses_until_the_key_is_enabled_again(caller: Caller, key: Key) -> None:
    operations.schedule_key_deletion(caller, key.pk, 7)
    fall_due(key)

    assert sweep_rotations() == 0
    operations.cancel_key_deletion(caller, key.pk)
    assert sweep_rotations() == 0
    operations.enable_key(caller, key.pk)

    assert versions(key) == [(1, "created"), (2, "automatic")]


def test_a_key_that_is_gone_does_not_rotate(caller: Caller, key: Key) -> None:
    fall_due(key)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now())

    assert sweep_rotations() == 0


# What refuses it


def test_switching_twice_is_refused(caller: Caller, key: Key) -> None:
    with pytest.raises(errors.RotationOn):
        operations.enable_key_rotation(caller, key.pk)
    operations.disable_key_rotation(caller, key.pk)
    with pytest.raises(errors.RotationOff):
        operations.disable_key_rotation(caller, key.pk)
    with pytest.raises(errors.RotationOff):
        operations.update_key_rotation_interval(caller, key.pk, 30)


def test_external_keys_never_rotate_whether_they_have_material_or_not(alice: Person) -> None:
    empty = operations.create_key(alice.caller, alias="empty", origin="external").pk
    imported = hold(alice.project, "AES_256", origin="external").key.pk

    for pk in (empty, imported):
        for refused in (
            lambda pk=pk: operations.enable_key_rotation(alice.caller, pk),
            lambda pk=pk: operations.disable_key_rotation(alice.caller, pk),
            lambda pk=pk: operations.update_key_rotation_interval(alice.caller, pk, 30),
            lambda pk=pk: operations.rotate_key(alice.caller, pk),
        ):
            with pytest.raises(errors.ExternalKeyNeverRotates):
                refused()
        assert not operations.get_key_rotation_status(alice.caller, pk).is_enabled


def test_default_keys_never_rotate_and_say_so(alice: Person) -> None:
    key = hold_default(alice.project).key

    with pytest.raises(errors.KeyIsDefault):
        operations.rotate_key(alice.caller, key.pk)
    assert operations.get_key_rotation_status(alice.caller, key.pk).rotations == 0


def test_each_call_leaves_its_trace(caller: Caller, key: Key) -> None:
    operations.update_key_rotation_interval(caller, key.pk, 30)
    operations.disable_key_rotation(caller, key.pk)
    with pytest.raises(errors.RotationOff):
        operations.disable_key_rotation(caller, key.pk)

    traces = Trace.objects.filter(resource_id=str(key.pk)).exclude(name="createKey").order_by("sequence")
    assert list(traces.values_list("name", "status", "error_code")) == [
        ("enableKeyRotation", 200, ""),
        ("updateKeyRotationInterval", 200, ""),
        ("disableKeyRotation", 200, ""),
        ("disableKeyRotation", 400, "KMS.0313"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_rotation_that_cannot_be_written_changes_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from console.access.trail import Tracing

    caller = owner("northwind").caller
    key = operations.enable_key_rotation(caller, operations.create_key(caller, alias="orders").pk)
    fall_due(key)

    def fail(self: Tracing) -> None:
        raise OperationalError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Tracing, "done", fail)
        with pytest.raises(errors.NotSaved):
            sweep_rotations()
    assert versions(key) == [(1, "created")]
    assert sweep_rotations() == 1
