"""The pages of approval: what was sent is said, what waits is counted and decided, and every door of a key tells."""

import html

import pytest
from django.test import Client

from console.access.caller import Caller
from console.models import Account, Approval, User
from console.operations.approvals import SentForApproval
from console.operations.second_administrator import turn_approval_on
from console.operations.users import update_user
from keys import operations
from keys.models import Key, KeyState
from tests.support.keyring import hold
from tests.support.people import Person, colleague

DELETION = {"pending_days": "9", "confirmation": "DELETE"}


@pytest.fixture
def eve(alice: Person) -> Person:
    """The second who manages the account, whose deletions need approval."""
    person = colleague(alice, "eve")
    update_user(Caller.server(alice.account), person.user, is_owner=True)
    turn_approval_on(alice.caller)
    return person


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def asked(alice: Person, eve: Person, key: Key) -> Approval:
    """Alice's request to delete the key."""
    with pytest.raises(SentForApproval):
        operations.schedule_key_deletion(alice.caller, key.pk, 7)
    return Approval.objects.get()


def at(person: Person, rest: str = "") -> str:
    return f"/console/{person.project.pk}/approvals{rest}"


def of_key(person: Person, key: Key, rest: str = "") -> str:
    return f"/console/{person.project.pk}/kms/keys/{key.pk}{rest}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def state_of(key: Key) -> int:
    return Key.objects.get(pk=key.pk).state


# Sent


def test_the_dialog_tells_before_ok_and_the_toast_after(alice: Person, eve: Person, key: Key) -> None:
    client = alice.client()
    assert "A second administrator has to approve this" in shown(client, of_key(alice, key, "/delete"))

    assert client.post(of_key(alice, key, "/delete"), DELETION).status_code == 302

    page = shown(client, of_key(alice, key))
    assert "Sent for approval." in page
    assert "Waits for approval since" in page
    assert "Delete key orders after 9 days" in page
    assert "waits for the approval of a second administrator already" in shown(client, of_key(alice, key, "/delete"))
    assert state_of(key) == KeyState.ENABLED


def test_the_deletion_of_material_is_sent_too(alice: Person, eve: Person) -> None:
    held = hold(alice.project, "AES_256", origin="external")
    client = alice.client()
    assert "A second administrator has to approve this" in shown(client, of_key(alice, held.key, "/material/delete"))

    assert client.post(of_key(alice, held.key, "/material/delete"), {"understood": "true"}).status_code == 302

    assert Approval.objects.get().operation == "deleteImportedKeyMaterial"
    assert state_of(held.key) == KeyState.ENABLED


def test_of_several_keys_each_is_sent_or_refused(alice: Person, eve: Person, key: Key) -> None:
    ledger = operations.create_key(alice.caller, alias="ledger")
    operations.protect_key(alice.caller, ledger.pk, reason="Holds the books")
    address = f"/console/{alice.project.pk}/kms/batch/delete?key={key.pk}&key={ledger.pk}"
    page = shown(alice.client(), address)
    assert "A second administrator has to approve this" in page
    assert "Holds the books" in page

    answer = html.unescape(alice.client().post(address, DELETION).content.decode())

    assert "1 deletion was sent for approval" in answer
    assert "Holds the books" in answer
    assert "0 of 2 keys" in answer
    assert Approval.objects.get().resource_name == "orders"


# Decided


def test_what_waits_is_listed_and_counted_for_who_may_decide_it(alice: Person, eve: Person, asked: Approval) -> None:
    hers, his = shown(eve.client(), at(eve)), shown(alice.client(), at(alice))

    assert "Delete key orders after 7 days" in hers
    assert ">Approve<" in hers
    assert '<span class="count">1<' in hers
    assert ">Withdraw<" in his
    assert ">Approve<" not in his
    assert '<span class="count">' not in his


def test_it_is_approved_once(eve: Person, asked: Approval, key: Key) -> None:
    client = eve.client()
    assert "in your name" in shown(client, at(eve, f"/{asked.pk}/approve"))

    assert client.post(at(eve, f"/{asked.pk}/approve"), {"reason": "Fine"}).status_code == 302

    assert state_of(key) == KeyState.PENDING_DELETION
    assert "Approved and done: Delete key orders after 7 days" in shown(client, at(eve))
    closed = shown(client, at(eve, "?show=closed"))
    assert "Fine" in closed
    assert ">Approved<" in closed
    again = client.post(at(eve, f"/{asked.pk}/approve"), {"reason": ""})
    assert again.status_code == 422
    assert "closed already" in again.content.decode()
    assert "closed already" in shown(client, at(eve, f"/{asked.pk}/reject"))


def test_what_the_rules_refuse_now_is_said_and_it_stays_open(
    alice: Person, eve: Person, asked: Approval, key: Key
) -> None:
    operations.protect_key(alice.caller, key.pk, reason="Holds the books")

    answer = eve.client().post(at(eve, f"/{asked.pk}/approve"), {"reason": ""})

    assert answer.status_code == 422
    assert "Holds the books" in html.unescape(answer.content.decode())
    assert state_of(key) == KeyState.ENABLED
    assert Approval.objects.get().is_open


def test_it_is_rejected_with_a_reason_beside_its_field(eve: Person, asked: Approval) -> None:
    client = eve.client()
    assert "Say why" in html.unescape(client.post(at(eve, f"/{asked.pk}/reject"), {"reason": ""}).content.decode())

    assert client.post(at(eve, f"/{asked.pk}/reject"), {"reason": "Still read"}).status_code == 302

    assert "Still read" in shown(client, at(eve, "?show=closed"))


def test_who_asked_withdraws_and_can_do_nothing_else(alice: Person, asked: Approval, key: Key) -> None:
    client = alice.client()
    assert "asked for this yourself" in shown(client, at(alice, f"/{asked.pk}/approve"))
    assert client.post(at(alice, f"/{asked.pk}/approve"), {"reason": ""}).status_code == 422
    assert state_of(key) == KeyState.ENABLED

    assert client.post(at(alice, f"/{asked.pk}/withdraw")).status_code == 302

    assert not Approval.objects.get().is_open


def test_a_neighbours_request_is_not_found(charlie: Person, asked: Approval, key: Key) -> None:
    client = charlie.client()

    for act in ("approve", "reject", "withdraw"):
        assert client.get(at(charlie, f"/{asked.pk}/{act}")).status_code == 404
        assert client.post(at(charlie, f"/{asked.pk}/{act}"), {"reason": "x"}).status_code == 404
    assert "orders" not in shown(client, at(charlie))
    assert Approval.objects.get().is_open


# The switch


def test_it_is_switched_on_and_off_by_two(alice: Person, bob: Person) -> None:
    client = alice.client()
    lone = client.post(at(alice, "/switch"), {"to": "on"})
    assert "Nobody but you could approve" in lone.content.decode()

    update_user(alice.caller, bob.user, is_owner=True)
    client.post(at(alice, "/switch"), {"to": "on"})
    assert Account.objects.get(pk=alice.account.pk).needs_approval
    client.post(at(alice, "/switch"), {"to": "off"})
    page = shown(client, at(alice))
    assert "Sent for approval." in page
    assert "Switch off that deletions in account northwind need approval" in page
    assert Account.objects.get(pk=alice.account.pk).needs_approval

    bob.client().post(at(alice, f"/{Approval.objects.get().pk}/approve"), {"reason": ""})
    assert not Account.objects.get(pk=alice.account.pk).needs_approval


def test_other_users_see_that_they_may_not_switch(alice: Person, eve: Person, bob: Person) -> None:
    assert "iam:account:update" in shown(bob.client(), at(alice))
    assert bob.client().post(at(alice, "/switch"), {"to": "on"}).status_code == 403


def test_the_second_administrator_is_not_let_go(alice: Person, eve: Person) -> None:
    address = f"/console/{alice.project.pk}/users/{eve.user.pk}/switch/is_owner"

    answer = alice.client().post(address, {"to": "off"})

    assert answer.status_code == 422
    assert "need two who manage it" in answer.content.decode()
    assert User.objects.get(pk=eve.user.pk).is_owner
