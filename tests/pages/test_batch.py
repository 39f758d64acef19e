"""One act on several keys: the dialog names them, each is tried on its own, and each one's result is told."""

import pytest
from django.test import Client

from console.models import EnterpriseProject
from console.operations.enterprise import create_enterprise_project, update_enterprise_project
from keys import operations
from keys.models import Key, KeyState
from tests.support.people import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def keys(alice: Person) -> list[Key]:
    return [operations.create_key(alice.caller, alias=alias) for alias in ("orders", "ledger", "archive")]


def address(person: Person, act: str, keys: list[Key]) -> str:
    return f"/console/{person.project.pk}/kms/batch/{act}?" + "&".join(f"key={key.pk}" for key in keys)


def states(keys: list[Key]) -> list[int]:
    return [Key.objects.get(pk=key.pk).state for key in keys]


def test_the_dialog_names_the_keys_and_nothing_else_happens(alice: Person, keys: list[Key]) -> None:
    page = alice.client().get(address(alice, "disable", keys[:2])).content.decode()

    assert "Disable 2 keys" in page
    assert ">orders<" in page
    assert ">ledger<" in page
    assert ">archive<" not in page
    assert states(keys) == [KeyState.ENABLED] * 3


@pytest.mark.parametrize(
    ("act", "fields", "before", "state"),
    [
        ("disable", {"understood": "true"}, None, KeyState.DISABLED),
        ("enable", {}, operations.disable_key, KeyState.ENABLED),
        ("delete", {"pending_days": "9", "confirmation": "DELETE"}, None, KeyState.PENDING_DELETION),
        (
            "cancel-deletion",
            {},
            lambda caller, key: operations.schedule_key_deletion(caller, key, 7),
            KeyState.DISABLED,
        ),
    ],
)
def test_what_was_confirmed_is_done_with_each(
    alice: Person, keys: list[Key], act: str, fields: dict[str, str], before, state: KeyState
) -> None:
    for key in keys:
        if before:
            before(alice.caller, key.pk)

    answer = alice.client().post(address(alice, act, keys[:2]), fields)

    assert answer.status_code == 200
    assert "2 of 2" in answer.content.decode()
    assert states(keys)[:2] == [state, state]
    assert states(keys)[2] != state


def test_a_tag_is_added_to_each(alice: Person, keys: list[Key]) -> None:
    alice.client().post(address(alice, "tag", keys[:2]), {"tag_key": "env", "tag_value": "prod"})

    assert [[str(one.tag) for one in key.tagged.all()] for key in keys] == [["env=prod"], ["env=prod"], []]


def test_keys_move_to_another_enterprise_project(alice: Person, keys: list[Key]) -> None:
    payments = create_enterprise_project(alice.caller, name="payments")
    create_enterprise_project(alice.caller, name="closed")
    update_enterprise_project(
        alice.caller,
        EnterpriseProject.objects.get(name="closed"),
        name="closed",
        description="",
        is_enabled=False,
    )
    client = alice.client()
    assert "payments</option>" in client.get(address(alice, "move", keys)).content.decode()
    assert "closed</option>" not in client.get(address(alice, "move", keys)).content.decode()

    answer = client.post(address(alice, "move", keys[:2]), {"enterprise_project": payments.eps_id})

    assert "2 of 2 keys moved" in answer.content.decode()
    assert [Key.objects.get(pk=key.pk).enterprise_project for key in keys[:2]] == [payments, payments]
    assert Key.objects.get(pk=keys[2].pk).enterprise_project != payments
    page = client.get(f"/console/{alice.project.pk}/enterprise-projects").content.decode()
    assert '<td class="number">2</td>' in page


def test_accounts_without_enterprise_projects_are_not_offered_to_move(charlie: Person) -> None:
    operations.create_key(charlie.caller, alias="own")

    assert "batch-move" not in charlie.client().get(f"/console/{charlie.project.pk}/kms/keys").content.decode()


def test_one_that_is_refused_keeps_no_other(alice: Person, keys: list[Key]) -> None:
    operations.disable_key(alice.caller, keys[1].pk)

    dialog = alice.client().get(address(alice, "disable", keys)).content.decode()
    result = alice.client().post(address(alice, "disable", keys), {"understood": "true"}).content.decode()

    assert "The key is not enabled" in dialog
    assert "2 of 3 keys disabled" in result
    assert "The key is not enabled" in result
    assert states(keys) == [KeyState.DISABLED] * 3


def test_where_none_can_be_done_no_ok_is_offered(alice: Person, keys: list[Key]) -> None:
    page = alice.client().get(address(alice, "enable", keys), headers=HTMX).content.decode()

    assert "This can be done with none of these keys now." in page
    assert "data-ok" not in page


@pytest.mark.parametrize(
    ("act", "fields", "text"),
    [
        ("disable", {}, "Tick this to go on."),
        ("delete", {"pending_days": "3", "confirmation": "DELETE"}, "7 to 1096"),
        ("delete", {"pending_days": "30", "confirmation": "delete"}, "Type DELETE, in capitals."),
    ],
)
def test_without_the_confirmation_nothing_is_done(
    alice: Person, keys: list[Key], act: str, fields: dict[str, str], text: str
) -> None:
    answer = alice.client().post(address(alice, act, keys), fields)

    assert text in answer.content.decode()
    assert states(keys) == [KeyState.ENABLED] * 3


def test_nothing_selected_says_so(alice: Person, keys: list[Key]) -> None:
    answer = alice.client().post(address(alice, "disable", []), {"understood": "true"})

    assert answer.status_code == 422
    assert "Select keys in the list first." in answer.content.decode()


def test_an_act_that_there_is_not_is_not_found(alice: Person, keys: list[Key]) -> None:
    assert alice.client().get(address(alice, "destroy", keys)).status_code == 404


def test_a_reader_is_told_why_he_may_not(alice: Person, reading: Client, keys: list[Key]) -> None:
    page = reading.get(address(alice, "disable", keys)).content.decode()

    assert "kms:cmk:disable" in page
    assert "data-ok" not in page
    result = reading.post(address(alice, "disable", keys), {"understood": "true"}).content.decode()
    assert "0 of 3 keys disabled" in result
    assert states(keys) == [KeyState.ENABLED] * 3


def test_a_neighbours_keys_are_left_out(alice: Person, charlie: Person, keys: list[Key]) -> None:
    own = operations.create_key(charlie.caller, alias="own")

    page = charlie.client().get(address(charlie, "disable", [*keys, own])).content.decode()
    charlie.client().post(address(charlie, "disable", [*keys, own]), {"understood": "true"})

    assert "Disable 1 key<" in page
    assert "orders" not in page
    assert states([*keys, own]) == [KeyState.ENABLED] * 3 + [KeyState.DISABLED]


def test_in_the_open_page_the_list_is_fetched_anew(alice: Person, keys: list[Key]) -> None:
    answer = alice.client().post(address(alice, "disable", keys), {"understood": "true"}, headers=HTMX)

    assert "contentChanged" in answer["HX-Trigger"]
    assert b"<html" not in answer.content
