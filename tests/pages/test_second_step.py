"""Signing in in two steps: after the password nobody is signed in until a second factor is shown too."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from console.models import PendingSignIn, Trace
from console.operations.second_factor_rules import disable_second_factor
from tests.support.devices import LOCALHOST, App, with_app, with_passkey
from tests.support.people import Person

STEP = "/sign-in/second-factor"


@pytest.fixture
def app(alice: Person) -> App:
    return with_app(alice)


def give_password(client: Client, person: Person, **fields: str) -> Any:
    names = {"account": person.account.name, "user": person.user.login, "password": person.password}
    return client.post("/sign-in", {**names, **fields})


def is_signed_in(client: Client, person: Person) -> bool:
    return client.get(f"/console/{person.project.pk}/kms/keys").status_code == 200


def test_the_password_alone_signs_nobody_in(alice: Person, app: App, client: Client) -> None:
    answer = give_password(client, alice)

    assert answer["Location"] == STEP
    assert not is_signed_in(client, alice)
    assert client.get("/admin/").status_code == 302
    page = client.get(STEP).content.decode()
    assert "Code of the authenticator app" in page
    assert "Use a recovery code" in page
    assert "Use a passkey" not in page


def test_a_code_lets_in_and_leads_where_one_wanted_to_go(alice: Person, app: App, client: Client) -> None:
    address = f"/console/{alice.project.pk}/traces"
    give_password(client, alice, next=address)

    answer = client.post(STEP, {"code": app.code()})

    assert answer["Location"] == address
    assert is_signed_in(client, alice)
    assert Trace.objects.filter(name="verifySecondFactor", status=200).count() == 1


def test_what_was_typed_before_fills_the_form_after_the_second_step(alice: Person, app: App, client: Client) -> None:
    address = f"/console/{alice.project.pk}/kms/keys/create"
    give_password(client, alice, next=address, kept="alias=orders")

    client.post(STEP, {"code": app.code()})

    assert 'value="orders"' in client.get(address).content.decode()


def test_nobody_is_led_elsewhere(alice: Person, app: App, client: Client) -> None:
    give_password(client, alice, next="//evil.example")

    assert client.post(STEP, {"code": app.code()})["Location"] == "/"


def test_each_step_changes_the_session_id(alice: Person, app: App, client: Client) -> None:
    client.get("/sign-in")
    session = client.session
    session["before"] = 1
    session.save()
    ids = [str(session.session_key)]
    client.cookies["session"] = ids[0]

    give_password(client, alice)
    ids.append(client.cookies["session"].value)
    client.post(STEP, {"code": app.code()})
    ids.append(client.cookies["session"].value)

    assert len({*ids}) == 3


def test_whoever_was_signed_in_before_is_no_more(alice: Person, bob: Person, app: App) -> None:
    client = bob.client()

    give_password(client, alice)

    assert not is_signed_in(client, bob)


@pytest.mark.parametrize("code", ["", "000000", "no such code at all"])
def test_a_wrong_code_is_told_beside_the_field(alice: Person, app: App, client: Client, code: str) -> None:
    give_password(client, alice)

    answer = client.post(STEP, {"code": code, "by": "recovery"})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert "Recovery code</label>" in answer.content.decode()
    assert not is_signed_in(client, alice)


def test_after_five_wrong_codes_one_signs_in_again_and_nothing_typed_is_lost(
    alice: Person, app: App, client: Client
) -> None:
    give_password(client, alice, next="/somewhere", kept="alias=orders")
    answers = [client.post(STEP, {"code": "000000"}) for _ in range(5)]

    assert [one.status_code for one in answers] == [422, 422, 422, 422, 403]
    page = answers[-1].content.decode()
    assert "Sign in again." in page
    assert 'value="/somewhere"' in page
    assert 'value="alias=orders"' in page
    assert page.count('value="northwind"') == 2  # account and user
    assert client.post(STEP, {"code": app.code()}).status_code == 403
    assert not is_signed_in(client, alice)


def test_a_sign_in_that_is_five_minutes_old_is_over(alice: Person, app: App, client: Client) -> None:
    give_password(client, alice)
    PendingSignIn.objects.update(expires_at="2020-01-01T00:00Z")

    assert client.get(STEP).status_code == 403
    assert client.get(STEP)["Location"] == "/sign-in"


def test_a_session_can_be_signed_in_once_by_it(alice: Person, app: App, client: Client) -> None:
    give_password(client, alice)
    cookie = client.cookies["session"].value
    client.post(STEP, {"code": app.codes[0]})
    thief = Client()
    thief.cookies["session"] = cookie

    thief.post(STEP, {"code": app.codes[1]})

    assert is_signed_in(client, alice)
    assert not is_signed_in(thief, alice)


def test_a_passkey_lets_in(alice: Person, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    key = with_passkey(alice)
    give_password(client, alice)
    page = client.get(STEP).content.decode()
    options = json.loads(html.unescape(re.findall(r'data-options="([^"]+)"', page)[0]))

    answer = client.post(STEP, {"by": "passkey", "credential": key.sign(options)})

    assert answer.status_code == 302
    assert is_signed_in(client, alice)


def test_without_a_script_a_passkey_is_said_to_need_one(alice: Person, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    with_passkey(alice)
    give_password(client, alice)

    answer = client.post(STEP, {"by": "passkey", "credential": ""})

    assert answer.status_code == 422
    assert "needs JavaScript" in answer.content.decode()


def test_a_form_older_than_the_session_leads_back_to_the_first_step(alice: Person, app: App) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in")
    give_password(client, alice, next="/somewhere", csrfmiddlewaretoken=client.cookies["csrf"].value)

    answer = client.post(STEP, {"code": app.codes[0]})

    assert answer.status_code == 403
    page = answer.content.decode()
    assert 'value="/somewhere"' in page
    assert app.codes[0] not in page


def test_the_administration_asks_for_it_too(client: Client, db: None) -> None:
    from console.operations.accounts import create_account

    made = create_account(None, name="admin", is_superuser=True)
    projects = {one.region_id: one for one in made.projects}
    person = Person(made.user, made.password, made.account, projects)
    app = with_app(person)
    asked = client.get("/admin/")["Location"]

    give_password(client, person, next="/admin/")
    assert client.get("/admin/")["Location"] == asked
    client.post(STEP, {"code": app.code()})

    assert client.get("/admin/").status_code == 200


def test_who_lost_it_signs_in_by_his_password_alone_again(alice: Person, bob: Person, client: Client) -> None:
    with_app(bob)
    disable_second_factor(alice.caller, bob.user)

    assert give_password(client, bob)["Location"] == "/"


def test_who_comes_without_a_password_is_asked_for_it(client: Client, db: None) -> None:
    assert client.get(STEP)["Location"] == "/sign-in"
    assert client.post(STEP, {"code": "123456"}).status_code == 403
