"""The dialogs that change a key's state, as pages: what they tell before, what they refuse, what they did."""

import pytest
from django.test import Client

from console.access.caller import Caller
from console.operations.roles import RoleWish
from console.operations.users import update_user
from keys import operations
from keys.models import Key, KeyState
from tests.support.people import Person

CONFIRMED = {"pending_days": "30", "confirmation": "DELETE"}


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def owner(alice: Person) -> Client:
    return alice.client()


def address(key: Key, verb: str) -> str:
    return f"/console/{key.project_id}/kms/keys/{key.pk}/{verb}"


def state_of(key: Key) -> int:
    return Key.objects.get(pk=key.pk).state


def test_a_key_is_disabled_once_the_effect_is_understood(owner: Client, key: Key) -> None:
    refused = owner.post(address(key, "disable"))

    assert refused.status_code == 422
    assert b"Tick this to go on." in refused.content
    assert state_of(key) == KeyState.ENABLED

    done = owner.post(address(key, "disable"), {"understood": "true"}, follow=True)

    assert "Key “orders” disabled." in done.content.decode()
    assert state_of(key) == KeyState.DISABLED


def test_a_disabled_key_is_enabled(owner: Client, alice: Person, key: Key) -> None:
    operations.disable_key(alice.caller, key.pk)

    done = owner.post(address(key, "enable"), follow=True)

    assert "Key “orders” enabled." in done.content.decode()
    assert state_of(key) == KeyState.ENABLED


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({**CONFIRMED, "pending_days": "6"}, "Set a waiting period of 7 to 1096 days."),
        ({**CONFIRMED, "pending_days": "1097"}, "Set a waiting period of 7 to 1096 days."),
        ({**CONFIRMED, "pending_days": "soon"}, "Set a waiting period of 7 to 1096 days."),
        ({**CONFIRMED, "confirmation": "delete"}, "Type DELETE, in capitals."),
        ({**CONFIRMED, "confirmation": ""}, "Type DELETE, in capitals."),
    ],
)
def test_a_deletion_that_is_not_confirmed_changes_nothing(
    owner: Client, key: Key, fields: dict[str, str], error: str
) -> None:
    answer = owner.post(address(key, "delete"), fields)

    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert f'value="{fields["pending_days"]}"' in answer.content.decode()
    assert state_of(key) == KeyState.ENABLED


def test_a_deletion_is_scheduled_and_called_off(owner: Client, key: Key) -> None:
    scheduled = owner.post(address(key, "delete"), CONFIRMED, follow=True)

    assert "Key “orders” will be deleted on" in scheduled.content.decode()
    assert Key.objects.get(pk=key.pk).pending_days == 30

    kept = owner.post(address(key, "cancel-deletion"), follow=True)

    assert "Its status is: Disabled." in kept.content.decode()
    assert state_of(key) == KeyState.DISABLED


def test_the_date_of_the_end_follows_the_days(owner: Client, key: Key) -> None:
    week = owner.get(address(key, "delete")).content.decode()
    year = owner.get(address(key, "delete"), {"pending_days": "365"}).content.decode()

    assert "Until" in week
    assert week.partition("Until ")[2][:12] != year.partition("Until ")[2][:12]
    assert "Set a waiting period" in owner.get(address(key, "delete"), {"pending_days": "2"}).content.decode()


@pytest.mark.parametrize("verb", ["enable", "cancel-deletion"])
def test_what_cant_be_done_now_is_told_and_not_offered(owner: Client, key: Key, verb: str) -> None:
    answer = owner.get(address(key, verb)).content.decode()

    assert "data-ok" not in answer
    assert "Only a disabled key can be enabled." in answer or "There is nothing to cancel." in answer


def test_what_somebody_else_changed_meanwhile_is_said_instead_of_acting(owner: Client, alice: Person, key: Key) -> None:
    owner.get(address(key, "disable"))
    operations.schedule_key_deletion(alice.caller, key.pk, 7)

    answer = owner.post(address(key, "disable"), {"understood": "true"})

    assert answer.status_code == 422
    assert "Only an enabled key can be disabled." in answer.content.decode()
    assert state_of(key) == KeyState.PENDING_DELETION


def test_the_key_page_says_why_it_offers_nothing(alice: Person, bob: Person, key: Key) -> None:
    update_user(Caller.server(alice.account), bob.user, roles=[RoleWish("KMS CMKReadOnlyAccess")])

    answer = bob.client().get(address(key, "")[:-1]).content.decode()

    assert 'id="disable" aria-disabled="true"' in answer
    assert "kms:cmk:disable" in answer
