"""What a password must be, told beside the field; one that somebody else knows, or too old, is changed first."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from console.access.caller import Caller
from console.models import PastPassword, User
from console.operations.accounts import create_account, create_first_account
from console.operations.users import create_user, set_password
from tests.api.test_tokens import ask
from tests.support.people import Person

NEW = "a horse of another colour"


def sign_in(account: str, user: str, password: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"account": account, "user": user, "password": password}).status_code == 302
    return client


def change(client: Client, person: Person, old: str, new: str, again: str = "") -> Any:
    fields = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post(f"/console/{person.project.pk}/password", fields)


def test_the_policy_stands_beside_the_field_wherever_a_password_is_chosen(alice: Person, bob: Person) -> None:
    client, rules = alice.client(), "At least 12 characters; not a common password, not only digits"

    for page in ("password", "users/create", f"users/{bob.user.pk}/password"):
        assert rules in client.get(f"/console/{alice.project.pk}/{page}").content.decode()


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", NEW, NEW, "This is not your password."),
        ("", "short", "short", "too short"),
        ("", "passwordpassword", "passwordpassword", ""),
        ("", "northwind-northwind", "northwind-northwind", "too similar"),
        ("", NEW, "something else entirely", "The two new passwords differ."),
    ],
)
def test_what_does_not_do_is_said_beside_its_field(alice: Person, old: str, new: str, again: str, said: str) -> None:
    answer = change(alice.client(), alice, old or alice.password, new, again)

    assert said in answer.content.decode()
    assert answer.status_code == (422 if said else 302)
    assert User.objects.get(pk=alice.user.pk).check_password(alice.password) is bool(said)


def test_none_of_the_last_five_passwords_is_taken_again(alice: Person) -> None:
    client, passwords = alice.client(), [alice.password, *(f"{NEW} {number}" for number in range(5))]
    for before, after in pairwise(passwords):
        assert change(client, alice, before, after).status_code == 302

    for used in passwords[1:]:
        assert "You had this password before." in change(client, alice, passwords[-1], used).content.decode()
    assert PastPassword.objects.filter(user=alice.user).count() == 4
    assert change(client, alice, passwords[-1], passwords[0]).status_code == 302


def test_guesses_of_the_old_password_count_as_those_of_a_sign_in(alice: Person) -> None:
    client = alice.client()
    for _ in range(5):
        change(client, alice, "wrong", NEW)

    assert "Too many failed attempts." in change(client, alice, alice.password, NEW).content.decode()


def test_a_password_that_an_administrator_gave_is_changed_first(alice: Person) -> None:
    user, given = create_user(alice.caller, account=alice.account, login="dora")
    client = sign_in("northwind", "dora", given)
    password_page = f"/console/{alice.project.pk}/password"

    for address in ("/", f"/console/{alice.project.pk}/kms/keys", f"/console/{alice.project.pk}/security", "/confirm"):
        assert client.get(address)["Location"].endswith("/password")
    assert client.post(f"/console/{alice.project.pk}/access-keys/create")["Location"].endswith("/password")
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"].endswith("/password")
    assert "This password was given to you" in client.get(password_page).content.decode()
    assert client.get("/session").status_code == 200
    assert "had this password before" in change(client, alice, given, given).content.decode()

    assert change(client, alice, given, NEW)["Location"] == "/"
    assert client.get(f"/console/{alice.project.pk}/security").status_code == 200
    set_password(alice.caller, user, "another long passphrase")
    assert User.objects.get(pk=user.pk).must_change_password


def test_a_token_is_no_way_around_it(alice: Person, bob: Person) -> None:
    set_password(alice.caller, bob.user, NEW)

    answer = ask(bob, password=NEW)

    assert (answer.status, answer.code) == (401, "APIGW.0301")
    assert "has to be changed first" in answer.json["error_msg"]
    assert ask(bob, password="wrong").json["error_msg"] != answer.json["error_msg"]


def test_the_password_of_the_first_start_lasts(db: None, settings: Any, tmp_path: Any) -> None:
    settings.INITIAL_PASSWORD_FILE = tmp_path / "initial-password"
    made = create_first_account()
    assert made is not None

    assert sign_in("admin", "admin", made.password).get("/admin/").status_code == 200


def test_what_commands_set_is_changed_only_where_they_say_so(db: None, capsys: Any) -> None:
    call_command("createaccount", "lasting")
    call_command("createaccount", "given", "--change-password")
    users = {user.login: user.must_change_password for user in User.objects.all()}
    call_command("resetpassword", "lasting/lasting", "--change-password")

    assert users == {"lasting": False, "given": True}
    assert User.objects.get(login="lasting").must_change_password
    assert capsys.readouterr().out.count("\n") == 3


def test_an_account_that_an_administrator_makes_begins_with_a_given_password(alice: Person) -> None:
    admin = create_account(None, name="admin", is_superuser=True).user
    caller = Caller.administrator(admin, admin.account, None, source_ip="", request_id="0" * 32)

    assert create_account(caller, name="acme").user.must_change_password


def test_an_age_counts_only_where_it_is_set(alice: Person, settings: Any) -> None:
    client = alice.client()
    User.objects.filter(pk=alice.user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    assert client.get(f"/console/{alice.project.pk}/kms/keys").status_code == 200

    settings.PASSWORD_MAX_DAYS = 90

    assert client.get(f"/console/{alice.project.pk}/kms/keys")["Location"].endswith("/password")
    assert "too old" in client.get(f"/console/{alice.project.pk}/password").content.decode()
    assert ask(alice).status == 401
    change(client, alice, alice.password, NEW)
    assert client.get(f"/console/{alice.project.pk}/kms/keys").status_code == 200
