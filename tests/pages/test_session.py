"""Signing in and out, and what every answer carries."""

from typing import Any

import pytest
from django.test import Client

from console.access.caller import Caller
from console.models import User
from console.operations.users import set_password
from console.settings import PASSWORD_HASHERS
from tests.support.people import Person


def test_account_user_and_password_open_the_console(alice: Person, client: Client) -> None:
    answer = client.post("/sign-in", {"account": "northwind", "user": "northwind", "password": alice.password})

    assert answer.status_code == 302
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("change", [
    {"account": "southwind"}, {"user": "bob"}, {"password": "wrong"}, {"account": "north/wind", "user": ""},
    {"account": "\u212aorthwind"}, {"account": "northwind/northwind", "user": "x"},
])  # fmt: skip
def test_anything_else_gets_one_answer(alice: Person, charlie: Person, client: Client, change: dict[str, str]) -> None:
    fields = {"account": "northwind", "user": "northwind", "password": alice.password, **change}

    answer = client.post("/sign-in", fields)

    assert answer.status_code == 422
    assert "_auth_user_id" not in client.session


def test_capital_letters_are_the_same_user_and_no_other_folding_is(alice: Person, client: Client) -> None:
    assert User.username_of("NorthWind", "NORTHWIND") == "northwind/northwind"
    assert User.username_of("\u212a", "k") != User.username_of("k", "k")


def test_signing_in_changes_the_session_id(alice: Person, client: Client) -> None:
    client.get("/sign-in")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["session"] = str(session.session_key)

    client.post("/sign-in", {"account": "northwind", "user": "northwind", "password": alice.password})

    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "\\\\evil.example", "javascript:alert(1)"]
)
def test_after_signing_in_nobody_is_led_elsewhere(alice: Person, client: Client, address: str) -> None:
    fields = {"account": "northwind", "user": "northwind", "password": alice.password, "next": address}

    assert client.post("/sign-in", fields)["Location"] == "/"
    assert client.post("/preferences", {"theme": "dark", "next": address})["Location"] == "/"


def test_signing_out_ends_the_session(alice: Person) -> None:
    client = alice.client()
    client.post("/sign-out")

    assert client.get(f"/console/{alice.project.pk}/kms/keys").status_code == 302


def test_a_changed_password_opens_and_ends_the_other_sessions(alice: Person) -> None:
    client, other = alice.client(), alice.client()
    new = "a-much-better-one-9"
    fields = {"old_password": alice.password, "new_password1": new, "new_password2": new}

    assert client.post(f"/console/{alice.project.pk}/password", fields).status_code == 302

    assert client.get(f"/console/{alice.project.pk}/kms/keys").status_code == 200
    assert other.get(f"/console/{alice.project.pk}/kms/keys").status_code == 302
    assert User.objects.get(pk=alice.user.pk).check_password(new)


def test_private_pages_are_never_stored_and_every_answer_has_its_policy(alice: Person) -> None:
    answer = alice.client().get(f"/console/{alice.project.pk}/kms/keys")

    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert len(answer["X-Request-Id"]) == 32


def test_passwords_are_kept_by_argon2id_within_19_mib(alice: Person, settings: Any) -> None:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS  # the server's own, not the tests'
    set_password(Caller.server(alice.account), alice.user, "a password of my own")

    assert User.objects.get(pk=alice.user.pk).password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("name", "value", "shows"), [("language", "zh-hans", 'lang="zh-Hans"'), ("theme", "dark", 'data-theme="dark"')]
)
def test_language_and_appearance_are_remembered(alice: Person, name: str, value: str, shows: str) -> None:
    client = alice.client()
    client.post("/preferences", {name: value, "next": "/"})

    assert shows in client.get(f"/console/{alice.project.pk}/kms/keys").content.decode()
