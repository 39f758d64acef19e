"""Guessing passwords: by sign-in name and address, by address alone, at page and API, in turn and at once."""

import json
import threading
from ipaddress import ip_network
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db import connection
from django.test import Client

from console.access.caller import Caller
from console.access.lockout import SignInLocked, address_of, lockout, sweep_attempts
from console.access.signin import try_factor
from console.models import Trace
from console.operations.roles import RoleWish
from console.operations.users import update_user
from tests.support.people import Person
from tests.support.waiting import age_attempts
from tests.support.wire import Answer, send

LOCKED = "Too many failed attempts. Try again in 15 min"
WRONG = "Account, user or password is wrong."


def sign_in(person: Person, password: str, *, address: str = "192.0.2.7", **typed: str) -> Any:
    fields = {"account": person.account.name, "user": person.user.login, "password": password, **typed}
    return Client(REMOTE_ADDR=address).post("/sign-in", fields)


def get_token(person: Person, password: str, **user: Any) -> Answer:
    named = user or {"name": person.user.login, "domain": {"name": person.account.name}}
    identity = {"methods": ["password"], "password": {"user": {**named, "password": password}}}
    body = json.dumps({"auth": {"identity": identity}}).encode()
    return send("POST", "/v3/auth/tokens", body, {"content-type": "application/json"})


def fail(person: Person, times: int = 5, **where: str) -> list[int]:
    """Try so often, and let it be a moment ago: what is being looked at just now would be waited for."""
    statuses = [sign_in(person, "wrong", **where).status_code for _ in range(times)]
    age_attempts(minutes=1 / 30)
    return statuses


def test_after_five_failures_even_the_right_password_waits_a_quarter_of_an_hour(alice: Person) -> None:
    assert fail(alice) == [422] * 5

    answer = sign_in(alice, alice.password)

    assert answer.status_code == 429
    assert LOCKED in answer.content.decode()
    assert 880 <= int(answer["Retry-After"]) <= 900
    assert "_auth_user_id" not in answer.client.session

    age_attempts(minutes=14)
    assert int(sign_in(alice, alice.password)["Retry-After"]) <= 60
    age_attempts(minutes=1.1)
    assert sign_in(alice, alice.password).status_code == 302


def test_what_is_tried_meanwhile_does_not_make_it_longer(alice: Person) -> None:
    fail(alice)
    age_attempts(minutes=10)
    fail(alice, 10)

    assert int(sign_in(alice, alice.password)["Retry-After"]) <= 300


def test_the_lock_is_of_the_name_at_the_address(alice: Person, bob: Person) -> None:
    fail(alice)

    assert sign_in(alice, alice.password, address="192.0.2.8").status_code == 302
    assert sign_in(bob, bob.password).status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {"account": " NorthWind ", "user": "NORTHWIND\t"},
        {"account": "northwind\u00a0", "user": "\u2003northwind"},
    ],
)
def test_no_other_way_to_write_the_name_escapes_it(alice: Person, typed: dict[str, str]) -> None:
    fail(alice)

    assert sign_in(alice, alice.password, **typed).status_code == 429
    assert AccessAttempt.objects.count() == 1


def test_an_agent_or_a_header_of_ones_own_escapes_nothing(alice: Person) -> None:
    for number in range(5):
        headers = {"User-Agent": f"other {number}", "X-Forwarded-For": f"198.51.100.{number}"}
        fields = {"account": "northwind", "user": "northwind", "password": "wrong"}
        Client(REMOTE_ADDR="192.0.2.7").post("/sign-in", fields, headers=headers)

    assert sign_in(alice, alice.password).status_code == 429


def test_behind_a_trusted_proxy_the_client_it_names_counts(alice: Person, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.1")]
    fields = {"account": "northwind", "user": "northwind", "password": "wrong"}
    proxy = Client(REMOTE_ADDR="10.0.0.1")
    for _ in range(5):
        proxy.post("/sign-in", fields, headers={"X-Forwarded-For": "198.51.100.1"})

    statuses = [
        proxy.post("/sign-in", {**fields, "password": alice.password}, headers={"X-Forwarded-For": address}).status_code
        for address in ("198.51.100.1", "203.0.113.9, 198.51.100.1", "198.51.100.2", "no address at all")
    ]

    assert statuses == [429, 429, 302, 302]


def test_of_ipv6_the_network_counts() -> None:
    assert address_of("2001:db8:1:2::1") == address_of("2001:db8:1:2:ffff::9") != address_of("2001:db8:1:3::1")
    assert address_of("::ffff:192.0.2.7") == address_of("192.0.2.7")


def test_nothing_tells_whether_there_is_such_a_user(alice: Person) -> None:
    pages = [[sign_in(alice, "wrong", user=user) for _ in range(6)] for user in ("northwind", "nobody")]

    assert [page.status_code for page in pages[0]] == [page.status_code for page in pages[1]] == [422] * 5 + [429]
    assert WRONG in pages[1][0].content.decode()
    assert LOCKED in pages[1][5].content.decode()


def test_an_address_that_tries_many_names_is_locked_for_all(alice: Person, settings: Any) -> None:
    settings.LOCKOUT_ADDRESS_FAILURES = 8
    for number in range(8):
        sign_in(alice, "wrong", user=f"user-{number}")

    assert sign_in(alice, alice.password).status_code == 429
    assert AccessAttempt.objects.count() == 8  # what is refused writes nothing
    assert sign_in(alice, alice.password, address="192.0.2.8").status_code == 302


def test_an_account_of_his_own_does_not_let_a_guesser_go_on(alice: Person, charlie: Person, settings: Any) -> None:
    settings.LOCKOUT_ADDRESS_FAILURES = 8
    fail(alice, 4)
    for _ in range(3):
        assert sign_in(charlie, charlie.password).status_code == 302
    fail(alice, 1)

    assert sign_in(alice, alice.password).status_code == 429


def test_who_gets_it_right_begins_anew(alice: Person) -> None:
    for _ in range(3):
        fail(alice, 4)
        assert sign_in(alice, alice.password).status_code == 302


def test_a_token_for_a_password_is_no_other_door(alice: Person) -> None:
    for _ in range(3):
        assert get_token(alice, "wrong").status == 401
    for _ in range(2):
        assert get_token(alice, "wrong", id=alice.user.pk).status == 401

    answer = get_token(alice, alice.password)

    assert (answer.status, answer.code) == (429, "APIGW.0308")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert "request_id" in answer.json
    assert sign_in(alice, alice.password, address="192.0.2.7").status_code == 429


def test_the_lock_is_in_the_trail_of_the_users_account_and_no_stranger_is(alice: Person) -> None:
    fail(alice)
    fail(alice, user="nobody")

    (trace,) = Trace.objects.filter(name="lockSignIn")
    assert (trace.account_id, trace.resource_name) == (alice.account.pk, "northwind/northwind")
    assert (trace.source_ip, trace.user_name) == ("192.0.2.7", "server")


def test_another_factor_is_guessed_no_more_often(alice: Person) -> None:
    name, address = alice.user.username, "192.0.2.7"
    for _ in range(4):
        assert try_factor(name, address, lambda: True)  # the password, which the guesser knows
        assert not try_factor(name, address, lambda: "")  # a code, which he does not
    assert not try_factor(name, address, lambda: None)

    assert sign_in(alice, alice.password).status_code == 429


def test_an_administrator_of_users_unlocks(alice: Person, bob: Person) -> None:
    fail(bob)
    page = f"/console/{alice.project.pk}/users/{bob.user.pk}"
    assert "Locked out from 192.0.2.7" in alice.client().get(page).content.decode()

    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS Administrator")])
    assert bob.client().post(f"{page}/unlock").status_code == 403
    assert sign_in(bob, bob.password).status_code == 429
    alice.client().post(f"{page}/unlock")

    assert sign_in(bob, bob.password).status_code == 302
    assert Trace.objects.filter(name="unlockSignIn", resource_name="northwind/bob", status=200).exists()


def test_operators_unlock_by_commands(alice: Person, capsys: Any) -> None:
    fail(alice)
    call_command("unlock", "NorthWind/northwind")
    assert sign_in(alice, alice.password).status_code == 302

    fail(alice)
    call_command("unlock", "--address", "192.0.2.7")
    assert sign_in(alice, alice.password).status_code == 302

    fail(alice)
    call_command("axes_reset")
    assert sign_in(alice, alice.password).status_code == 302
    assert "unlocked" in capsys.readouterr().out


def test_no_password_or_form_is_kept_of_an_attempt_and_none_for_long(alice: Person) -> None:
    fail(alice, 2, kept="typed=before")
    row = AccessAttempt.objects.values().get()
    assert "wrong" not in str(row)
    assert "typed" not in str(row)

    assert sweep_attempts() == 0
    age_attempts(minutes=16)
    assert sweep_attempts() == 1


@pytest.mark.usefixtures("transactional_db")
def test_many_attempts_at_once_are_not_more_than_in_turn() -> None:
    admitted: list[bool] = []

    def attempt() -> None:
        try:
            lockout.admit("northwind/northwind", "192.0.2.7")
            admitted.append(True)
        except SignInLocked:
            admitted.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(admitted) == [False] * 7 + [True] * 5


@pytest.mark.usefixtures("transactional_db")
def test_right_ones_at_once_are_all_let_in() -> None:
    found: list[str] = []

    def attempt() -> None:
        try:
            found.append(try_factor("northwind/northwind", "192.0.2.7", lambda: "right"))
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert found == ["right"] * 12
