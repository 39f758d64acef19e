"""Protection from deletion in the console: set and lifted on the key's page, told wherever it could be deleted."""

import html

import pytest
from django.test import Client

from keys import operations
from keys.models import DeletionProtection, Key, KeyState
from tests.support.people import Person

REASON = "Holds the books until 2031."


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="ledger")


def at(person: Person, key: Key, rest: str = "") -> str:
    return f"/console/{person.project.pk}/kms/keys/{key.pk}{rest}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_it_is_set_told_and_lifted_on_the_keys_page(alice: Person, key: Key) -> None:
    client = alice.client()
    assert "None: whoever may delete keys" in shown(client, at(alice, key))
    assert client.post(at(alice, key, "/protect"), {"reason": " "}).status_code == 422

    assert client.post(at(alice, key, "/protect"), {"reason": REASON}).status_code == 302

    page = shown(client, at(alice, key))
    assert REASON in page
    assert '<span class="badge">Protected</span>' in page
    assert REASON in shown(client, at(alice, key, "/protect"))
    assert REASON in shown(client, at(alice, key, "/unprotect"))
    assert client.post(at(alice, key, "/unprotect")).status_code == 302
    assert not DeletionProtection.objects.exists()


def test_the_deletion_is_refused_before_ok_and_after(alice: Person, key: Key) -> None:
    client = alice.client()
    assert "data-ok" in shown(client, at(alice, key, "/delete"))
    operations.protect_key(alice.caller, key.pk, reason=REASON)

    dialog = shown(client, at(alice, key, "/delete"))
    assert REASON in dialog
    assert "data-ok" not in dialog
    answer = client.post(at(alice, key, "/delete"), {"pending_days": "9", "confirmation": "DELETE"})
    assert answer.status_code == 422
    assert REASON in html.unescape(answer.content.decode())
    assert Key.objects.get(pk=key.pk).state == KeyState.ENABLED


def test_the_list_marks_and_filters_it(alice: Person, key: Key) -> None:
    operations.create_key(alice.caller, alias="orders")
    operations.protect_key(alice.caller, key.pk, reason=REASON)
    client, address = alice.client(), f"/console/{alice.project.pk}/kms/keys"

    assert shown(client, address).count('<span class="badge">Protected</span>') == 1
    assert ">orders<" not in shown(client, f"{address}?protected=yes")
    assert ">ledger<" not in shown(client, f"{address}?protected=no")


def test_who_may_not_is_told_why(alice: Person, reading: Client, key: Key) -> None:
    assert "kms:cmk:protect" in shown(reading, at(alice, key))
    assert reading.post(at(alice, key, "/protect"), {"reason": REASON}).status_code == 403
    assert not DeletionProtection.objects.exists()
