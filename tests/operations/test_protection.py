"""Protection from deletion: as long as a key has it, its deletion and that of its material are refused everywhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.models import Trace
from console.operations.custom_roles import create_role
from console.operations.people import give_role
from console.operations.roles import RoleWish
from keys import errors, operations
from keys.models import DeletionProtection, Key, KeyState
from keys.operations.listing import describe_key
from keys.operations.reading import KeyFilter
from keys.operations.sweeping import sweep_deletions
from tests.support.keyring import hold, hold_default
from tests.support.people import Person
from tests.support.wire import kms

REASON = "Holds the books until 2031."


@pytest.fixture
def key(caller: Caller) -> Key:
    made = operations.create_key(caller, alias="ledger")
    operations.protect_key(caller, made.pk, reason=REASON)
    return made


def test_the_refusal_tells_the_reason_and_who_gave_it(caller: Caller, key: Key) -> None:
    with pytest.raises(errors.KeyProtected) as refusal:
        operations.schedule_key_deletion(caller, key.pk, 7)

    assert REASON in refusal.value.messages[0]
    assert "northwind" in refusal.value.messages[0]
    assert Key.objects.get(pk=key.pk).state == KeyState.ENABLED


def test_the_api_refuses_with_a_code_of_its_own(alice: Person, key: Key) -> None:
    answer = kms(alice, "schedule-key-deletion", {"key_id": str(key.pk), "pending_days": "7"})

    assert (answer.status, answer.code) == (400, "KMS.9201")
    assert REASON in answer.json["error"]["error_msg"]


def test_imported_material_stays_too(caller: Caller, alice: Person) -> None:
    held = hold(alice.project, "AES_256", origin="external")
    operations.protect_key(caller, held.key.pk, reason=REASON)

    with pytest.raises(errors.KeyProtected):
        operations.delete_imported_key_material(caller, held.key.pk)
    assert operations.encrypt_data(caller, key_id=held.key.pk, plaintext=b"x")


def test_a_protected_key_works_and_changes_as_any_other(caller: Caller, key: Key) -> None:
    operations.encrypt_data(caller, key_id=key.pk, plaintext=b"x")
    operations.update_alias(caller, key.pk, "books")
    operations.disable_key(caller, key.pk)


def test_once_it_is_lifted_the_key_can_be_deleted(caller: Caller, key: Key) -> None:
    operations.unprotect_key(caller, key.pk)

    operations.schedule_key_deletion(caller, key.pk, 7)

    with pytest.raises(errors.KeyNotProtected):
        operations.unprotect_key(caller, key.pk)
    told = Trace.objects.filter(resource_id=str(key.pk), status=200).order_by("id").values_list("name", "detail")
    assert [*told][1:] == [
        ("protectKey", {"reason": REASON}),
        ("unprotectKey", {"reason": REASON}),
        ("scheduleKeyDeletion", {"pending_days": 7}),
    ]


def test_the_reason_changes_with_who_gave_it(caller: Caller, bob: Person, key: Key) -> None:
    give_role(caller, bob.user, RoleWish("KMS CMKFullAccess"))

    operations.protect_key(bob.caller, key.pk, reason="Audit")

    protection = operations.protection_of(key)
    assert protection is not None
    assert (protection.reason, protection.who) == ("Audit", "bob")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 256, "a\0b"])
def test_a_reason_that_cant_be_is_refused(caller: Caller, reason: str) -> None:
    made = operations.create_key(caller, alias="ledger")

    with pytest.raises(errors.ProtectionReasonInvalid):
        operations.protect_key(caller, made.pk, reason=reason)
    assert operations.protection_of(made) is None


def test_a_role_can_delete_and_not_lift(caller: Caller, bob: Person, key: Key) -> None:
    create_role(caller, name="Cleaners", actions=["kms:cmk:update", "kms:cmk:get"])
    give_role(caller, bob.user, RoleWish("Cleaners"))
    free = operations.create_key(caller, alias="free")

    operations.schedule_key_deletion(bob.caller, free.pk, 7)
    for forbidden in (
        lambda: operations.unprotect_key(bob.caller, key.pk),
        lambda: operations.protect_key(bob.caller, key.pk, reason="Mine"),
    ):
        with pytest.raises(errors.NotPermitted, match="kms:cmk:protect"):
            forbidden()
    with pytest.raises(errors.KeyProtected):
        operations.schedule_key_deletion(bob.caller, key.pk, 7)


def test_a_neighbours_key_is_not_found(neighbour: Caller, key: Key) -> None:
    for foreign in (
        lambda: operations.unprotect_key(neighbour, key.pk),
        lambda: operations.protect_key(neighbour, key.pk, reason="Mine"),
    ):
        with pytest.raises(errors.KeyNotFound):
            foreign()
    assert DeletionProtection.objects.get().reason == REASON


def test_a_default_key_needs_none(caller: Caller, alice: Person) -> None:
    with pytest.raises(errors.KeyIsDefault):
        operations.protect_key(caller, hold_default(alice.project).key.pk, reason=REASON)


def test_a_key_that_is_pending_deletion_has_to_be_kept_first(caller: Caller) -> None:
    made = operations.create_key(caller, alias="ledger")
    operations.schedule_key_deletion(caller, made.pk, 7)

    with pytest.raises(errors.KeyPendingDeletion):
        operations.protect_key(caller, made.pk, reason=REASON)


def test_what_is_destroyed_leaves_no_protection(caller: Caller, key: Key) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Key.objects.filter(pk=key.pk).update(state=KeyState.PENDING_DELETION, deletion_at=past)

    assert sweep_deletions() == 1

    assert not DeletionProtection.objects.exists()


def test_lists_tell_and_filter_it(caller: Caller, key: Key) -> None:
    free = operations.create_key(caller, alias="free")

    found = {
        asked: [one.alias for one in operations.list_keys(caller, wanted=KeyFilter(protected=asked)).keys]
        for asked in ("yes", "no", "", "x")
    }

    assert found == {"yes": ["ledger"], "no": ["free"], "": ["free", "ledger"], "x": []}
    assert operations.protected_among([key, free]) == {key.pk}


def test_the_wire_knows_nothing_of_it(alice: Person, caller: Caller, key: Key) -> None:
    before = kms(alice, "describe-key", {"key_id": str(key.pk)}).json["key_info"]
    operations.unprotect_key(caller, key.pk)

    after = kms(alice, "describe-key", {"key_id": str(key.pk)}).json["key_info"]

    assert before.keys() == after.keys()
    assert describe_key(caller, key.pk)
