"""The password asked again: for what does harm, of who signed in over a quarter of an hour ago, and of nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.access.caller import Caller
from console.models import AccessKey, RoleAssignment, Trace, User
from console.operations.access_keys import update_access_key
from console.operations.accounts import create_account
from keys import operations
from keys.models import Key, KeyState
from tests.support.people import Person
from tests.support.waiting import age_sign_in

FIELD = 'name="password_again"'
CONFIRMED = {"pending_days": "30", "confirmation": "DELETE"}
MANAGEMENT = {
    f"{name}-{form}": "0" for name in ("role_assignments", "access_keys") for form in ("TOTAL_FORMS", "INITIAL_FORMS")
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def old(alice: Person) -> Client:
    """A browser in which Alice signed in sixteen minutes ago."""
    client = alice.client()
    age_sign_in(alice.user)
    return client


def deletion(key: Key) -> str:
    return f"/console/{key.project_id}/kms/keys/{key.pk}/delete"


def is_there(key: Key) -> bool:
    return Key.objects.get(pk=key.pk).state == KeyState.ENABLED


def views(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from views(one, f"{prefix}{one.pattern}")
        elif isinstance(one, URLPattern):
            yield f"{prefix}{one.pattern}", one.callback


def test_these_ask_again() -> None:
    """By harm: what can't be undone, and what decides who may come in. A new view of that kind is to be marked too."""
    console = "console/<str:project_id>"

    assert {route for route, view in views() if getattr(view, "asks_again", False)} == {
        f"{console}/kms/keys/<uuid:key_id>/delete",
        f"{console}/kms/keys/<uuid:key_id>/material/delete",
        f"{console}/kms/batch/<str:act>",  # of its acts deletion alone
        f"{console}/kms/keys/<uuid:key_id>/unprotect",
        f"{console}/approvals/switch",
        f"{console}/approvals/<str:request_id>/approve",
        f"{console}/access-keys/create",
        f"{console}/access-keys/<str:ak>/delete",
        f"{console}/users/create",
        f"{console}/users/<str:user_id>/tokens/create",
        f"{console}/users/<str:user_id>/access-keys/create",
        f"{console}/users/<str:user_id>/access-keys/<str:ak>/delete",
        f"{console}/kms/service-users/create",
        f"{console}/users/<str:user_id>",
        f"{console}/users/<str:user_id>/password",
        f"{console}/users/<str:user_id>/switch/<str:flag>",
        f"{console}/users/second-factor",
        f"{console}/users/<str:user_id>/second-factor",
        f"{console}/users/<str:user_id>/link",
        f"{console}/users/<str:user_id>/link/<int:identity_id>/end",
    }


def test_who_has_just_signed_in_is_not_asked(alice: Person, key: Key) -> None:
    client = alice.client()

    assert FIELD not in client.get(deletion(key)).content.decode()
    assert client.post(deletion(key), CONFIRMED).status_code == 302


def test_later_the_dialog_has_a_field_and_does_nothing_without_the_password(old: Client, key: Key) -> None:
    shown = old.get(deletion(key), headers=HTMX).content.decode()
    answer = old.post(deletion(key), CONFIRMED, headers=HTMX)

    assert FIELD in shown
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Enter your password." in page
    assert 'value="DELETE"' in page  # what was typed is still there
    assert 'value="30"' in page
    assert "<dialog" not in page  # it takes the place of the form in the dialog that is open
    assert is_there(key)


def test_a_wrong_password_does_nothing_and_the_right_one_does_it(old: Client, alice: Person, key: Key) -> None:
    answer = old.post(deletion(key), {**CONFIRMED, "password_again": "wrong"})

    assert answer.status_code == 422
    assert "This is not your password." in answer.content.decode()
    assert "wrong" not in answer.content.decode().replace("a wrong click", "")
    assert is_there(key)
    before = old.session.session_key

    assert old.post(deletion(key), {**CONFIRMED, "password_again": alice.password}).status_code == 302
    assert not is_there(key)
    assert old.session.session_key != before


def test_once_shown_it_holds_for_a_quarter_of_an_hour(old: Client, alice: Person, key: Key) -> None:
    other, third = (operations.create_key(alice.caller, alias=alias) for alias in ("other", "third"))
    old.post(deletion(key), {**CONFIRMED, "password_again": alice.password})

    assert old.post(deletion(other), CONFIRMED).status_code == 302
    session = old.session
    session["confirmed_at"] -= 16 * 60
    session.save()
    assert FIELD in old.get(deletion(third)).content.decode()


def test_guesses_count_as_those_of_a_sign_in(old: Client, alice: Person, key: Key) -> None:
    for _ in range(5):
        old.post(deletion(key), {**CONFIRMED, "password_again": "wrong"})

    answer = old.post(deletion(key), {**CONFIRMED, "password_again": alice.password})
    signed_in = Client().post("/sign-in", {"account": "northwind", "user": "northwind", "password": alice.password})

    assert "Too many failed attempts." in answer.content.decode()
    assert is_there(key)
    assert signed_in.status_code == 429
    assert Trace.objects.filter(name="lockSignIn").count() == 1


def test_of_many_keys_only_deletion_asks(old: Client, alice: Person, key: Key) -> None:
    batch = f"/console/{alice.project.pk}/kms/batch/{{}}?key={key.pk}"

    assert FIELD in old.get(batch.format("delete")).content.decode()
    assert old.post(batch.format("delete"), CONFIRMED).status_code == 422
    assert is_there(key)
    assert FIELD not in old.get(batch.format("disable")).content.decode()
    done = old.post(batch.format("delete"), {**CONFIRMED, "password_again": alice.password})
    assert "1 of 1" in done.content.decode()
    assert not is_there(key)


def test_a_new_access_key_asks_on_a_page_of_its_own(old: Client, alice: Person) -> None:
    create = f"/console/{alice.project.pk}/access-keys/create"
    back = f"/console/{alice.project.pk}/access-keys"

    address = old.post(create)["Location"]
    assert AccessKey.objects.count() == 1
    assert FIELD in old.get(address).content.decode()
    assert old.post(address, {"password_again": "wrong"}).status_code == 422
    assert old.post(address, {"password_again": alice.password})["Location"] == back

    assert old.post(create).status_code == 200
    assert AccessKey.objects.count() == 2


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/"])
def test_the_page_that_asks_leads_nowhere_else(old: Client, alice: Person, address: str) -> None:
    answer = old.post(f"/confirm?next={address}", {"password_again": alice.password})

    assert answer["Location"] == "/"


def test_what_changes_users_and_their_keys_asks(old: Client, alice: Person, bob: Person) -> None:
    (access_key,) = AccessKey.objects.all()
    update_access_key(alice.caller, access_key, is_active=False)
    users = f"/console/{alice.project.pk}/users"
    wishes = {
        f"{users}/create": {"login": "new", "password": ""},
        f"{users}/{bob.user.pk}": {"role": "KMS Administrator", "project": "", "enterprise_project": ""},
        f"{users}/{bob.user.pk}/password": {"password": "a long enough passphrase"},
        f"{users}/{bob.user.pk}/switch/is_active": {"to": "off"},
        f"{users}/{bob.user.pk}/switch/is_owner": {"to": "on"},
        f"/console/{alice.project.pk}/access-keys/{access_key.pk}/delete": {},
    }
    before = User.objects.values().get(pk=bob.user.pk)

    answers = {address: old.post(address, fields) for address, fields in wishes.items()}

    assert {answer.status_code for answer in answers.values()} == {422}
    assert all(FIELD in answer.content.decode() for answer in answers.values())
    assert User.objects.values().get(pk=bob.user.pk) == before
    assert User.objects.count() == 2
    assert not RoleAssignment.objects.exists()
    assert AccessKey.objects.exists()


def test_the_administration_asks_before_it_shows_a_user_and_loses_nothing_typed(alice: Person) -> None:
    admin = create_account(None, name="admin", password="a password for all", is_superuser=True).user
    client = Client()
    client.force_login(admin)
    age_sign_in(admin)
    page = reverse("admin:console_user_change", args=[alice.user.pk])
    fields = {"is_active": "on", "is_owner": "on", "is_staff": "on"}
    fields |= {
        f"{name}-{form}": "0"
        for name in ("role_assignments", "access_keys")
        for form in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    assert client.get(page)["Location"] == f"/confirm?next={page.replace('/', '%2F')}"
    assert client.get(f"{page.removesuffix('change/')}password/")["Location"].startswith("/confirm?")
    refused = client.post(page, fields)
    assert refused.status_code == 200
    assert 'href="/confirm"' in refused.content.decode()
    assert not User.objects.get(pk=alice.user.pk).is_staff

    client.post("/confirm", {"password_again": "a password for all"})
    assert client.post(page, fields).status_code == 302
    assert User.objects.get(pk=alice.user.pk).is_staff


def test_programs_and_commands_are_asked_nothing(alice: Person, key: Key) -> None:
    operations.schedule_key_deletion(Caller.server(alice.account, alice.project), key.pk, 7)

    assert not is_there(key)
