"""Changing alias and description."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.models import RoleAssignment, Trace
from keys import errors, operations
from keys.models import Key, KeyState
from keys.operations.tags import TagPair
from tests.support.people import Person


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders", description="of the shop")


def test_alias_and_description_change(caller: Caller, key: Key) -> None:
    operations.update_alias(caller, key.pk, "orders/new")
    operations.update_description(caller, key.pk, "")

    key.refresh_from_db()
    assert (key.alias, key.description) == ("orders/new", "")
    assert list(Trace.objects.filter(resource_id=str(key.pk)).values_list("name", flat=True).order_by("id")) == [
        "createKey",
        "updateKeyAlias",
        "updateKeyDescription",
    ]


def test_a_key_may_keep_its_alias(caller: Caller, key: Key) -> None:
    assert operations.update_alias(caller, key.pk, "orders").alias == "orders"


@pytest.mark.parametrize(
    ("alias", "error"),
    [("a b", errors.AliasInvalid), ("x/default", errors.AliasReserved), ("other", errors.AliasTaken)],
)
def test_the_rules_of_creation_hold(caller: Caller, key: Key, alias: str, error: type[errors.KmsError]) -> None:
    operations.create_key(caller, alias="other")

    with pytest.raises(error):
        operations.update_alias(caller, key.pk, alias)
    key.refresh_from_db()
    assert key.alias == "orders"


def test_a_key_pending_deletion_does_not_change(caller: Caller, key: Key) -> None:
    key.state, key.deletion_at = KeyState.PENDING_DELETION, timezone.now() + timedelta(days=7)
    key.save()

    for change in (
        lambda: operations.update_alias(caller, key.pk, "x"),
        lambda: operations.update_description(caller, key.pk, "x"),
        lambda: operations.add_tags(caller, key.pk, [TagPair("a", "b")]),
        lambda: operations.delete_tag(caller, key.pk, "a"),
    ):
        with pytest.raises(errors.KeyPendingDeletion):
            change()


def test_a_reader_changes_nothing(bob: Person, key: Key) -> None:
    RoleAssignment.objects.create(user=bob.user, role="KMS User")

    for change in (
        lambda: operations.update_alias(bob.caller, key.pk, "x"),
        lambda: operations.update_description(bob.caller, key.pk, "x"),
        lambda: operations.add_tags(bob.caller, key.pk, [TagPair("a", "b")]),
        lambda: operations.delete_tag(bob.caller, key.pk, "a"),
    ):
        with pytest.raises(errors.NotPermitted):
            change()
