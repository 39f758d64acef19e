"""The tab *Grants*: who may what by which grant, granting by name or ID, revoking; and who may use the key at all."""

import re

import pytest
from django.test import Client

from keys import operations
from keys.models import Grant, Key
from tests.support.people import Person


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


def page(client: Client, person: Person, key: Key, tab: str, **query: str) -> str:
    answer = client.get(f"/console/{person.project.pk}/kms/keys/{key.pk}/{tab}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, person: Person, key: Key, tab: str, **fields: object):
    return client.post(f"/console/{person.project.pk}/kms/keys/{key.pk}/{tab}", fields)


FIELDS = {"operations": ["encrypt-data", "decrypt-data"], "name": "app", "retiring_principal": ""}


@pytest.mark.parametrize("by", ["name", "name in capitals", "id"])
def test_a_user_is_granted_by_name_or_by_id(alice: Person, bob: Person, key: Key, by: str) -> None:
    typed = {"name": bob.user.login, "name in capitals": bob.user.login.upper(), "id": bob.user.pk}[by]

    answer = post(alice.client(), alice, key, "grants/create", grantee_principal=typed, **FIELDS)

    assert answer.status_code == 302
    grant = Grant.objects.get(key=key)
    assert (grant.grantee_user, grant.operations) == (bob.user, ["encrypt-data", "decrypt-data"])
    shown = page(alice.client(), alice, key, "grants")
    assert f"<td>{bob.user.login}<small>user</small>" in shown
    assert "1 of 100 grants" in shown


def test_an_account_is_granted_by_its_id(alice: Person, charlie: Person, key: Key) -> None:
    post(alice.client(), alice, key, "grants/create", grantee_principal=charlie.account.pk, **FIELDS)

    assert Grant.objects.get(key=key).grantee_account == charlie.account
    assert f"every user of {charlie.account.name}" in page(alice.client(), alice, key, "grants")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"grantee_principal": ""}, "Name a user of your account, or give an ID."),
        ({"grantee_principal": "nobody"}, "There is no user or account with the ID nobody."),
        ({"operations": []}, "Name one or more operations to grant"),
        ({"operations": ["create-grant"]}, "Specify an operation in addition to create-grant."),
        ({"name": "two words"}, "Use up to 255 letters, digits"),
        ({"retiring_principal": "nobody"}, "There is no user or account with the ID nobody."),
    ],
)
def test_what_is_wrong_stands_in_the_dialog_and_nothing_is_lost(
    alice: Person, bob: Person, key: Key, fields: dict[str, object], text: str
) -> None:
    given = {"grantee_principal": bob.user.login, **FIELDS, "name": "kept", **fields}

    answer = post(alice.client(), alice, key, "grants/create", **given)

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert text in shown
    assert f'value="{given["name"]}"' in shown
    assert shown.count("checked") == len(given["operations"])  # type: ignore[arg-type]
    assert not Grant.objects.exists()


def test_a_retiring_user_whom_nobody_knows_stands_beside_his_own_field(alice: Person, bob: Person, key: Key) -> None:
    fields = {**FIELDS, "grantee_principal": bob.user.login, "retiring_principal": "nobody"}

    shown = post(alice.client(), alice, key, "grants/create", **fields).content.decode()

    assert re.search(r'id="retiring_principal-note">.*There is no user or account with the ID nobody', shown)
    assert not re.search(r'class="error" id="grantee_principal-note"', shown)


def test_operations_that_the_key_is_not_for_are_not_offered(alice: Person, key: Key) -> None:
    shown = page(alice.client(), alice, key, "grants/create")

    assert 'value="encrypt-data"' in shown
    assert 'value="sign"' not in shown


def test_revoking_names_who_loses_what(alice: Person, bob: Person, key: Key) -> None:
    grant = operations.create_grant(alice.caller, key.pk, grantee=bob.user.pk, operations=["sign"], name="app")
    client = alice.client()

    assert bob.user.login in page(client, alice, key, f"grants/{grant.pk}/revoke")
    assert Grant.objects.exists()
    post(client, alice, key, f"grants/{grant.pk}/revoke")

    assert not Grant.objects.exists()
    assert post(client, alice, key, f"grants/{grant.pk}/revoke").status_code in {400, 404}


def test_grants_are_found_by_name_grantee_and_operation(alice: Person, bob: Person, key: Key) -> None:
    operations.create_grant(alice.caller, key.pk, grantee=bob.user.pk, operations=["sign"], name="first")
    operations.create_grant(alice.caller, key.pk, grantee=bob.user.pk, operations=["encrypt-data"], name="second")
    client = alice.client()

    assert ">first<" not in page(client, alice, key, "grants", words="ENCRYPT")
    assert ">second<" in page(client, alice, key, "grants", words="ENCRYPT")
    assert "No grant has these words." in page(client, alice, key, "grants", words="third")


def test_who_may_use_the_key_is_told_with_the_reason(alice: Person, bob: Person, charlie: Person, key: Key) -> None:
    operations.create_grant(alice.caller, key.pk, grantee=bob.user.pk, operations=["encrypt-data"], name="app")
    operations.create_grant(alice.caller, key.pk, grantee=charlie.user.pk, operations=["decrypt-data"], name="partner")

    shown = page(alice.client(), alice, key, "access")

    assert "Manages the account" in shown
    assert "Grant app" in shown
    assert charlie.user.username in shown
    assert "No user has these words" in page(
        alice.client(), alice, operations.create_key(alice.caller, alias="b"), "access", words="zz"
    )


def test_a_key_that_is_off_tells_why_nothing_is_granted(alice: Person, key: Key) -> None:
    operations.disable_key(alice.caller, key.pk)

    shown = page(alice.client(), alice, key, "grants")

    assert 'id="create-grant" aria-disabled="true"' in shown
    assert "The key is disabled" in shown


def test_default_keys_have_no_such_tab(alice: Person) -> None:
    operations.create_datakey(alice.caller, key_id="obs/default")
    key = Key.objects.get(alias="obs/default")

    assert f"{key.pk}/grants" not in page(alice.client(), alice, key, "traces")
