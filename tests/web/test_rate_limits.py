"""Failures from an address are limited by default, calls of a user where that is set. Who proves himself gets in."""

import math
from typing import Any

import pytest
from django.test import Client

from console.access.addresses import place_of
from console.access.limits import LIMITS, MOST_NAMES, Limit, TooManyFailures
from console.models import Trace, User
from console.settings import CALLS_PER_SECOND, ENVIRONMENT
from tests.support import aws
from tests.support.hashing import CountingArgon2
from tests.support.people import Person, colleague, with_access_key
from tests.support.wire import Answer, call, kms, send

MOST = 3


@pytest.fixture(autouse=True)
def _few(settings: Any) -> None:
    """So few are allowed, and none is used up."""
    settings.FAILURES_PER_MINUTE = MOST
    for limit in LIMITS:
        limit.forget()


def sign_in(person: Person, password: str, address: str = "192.0.2.9") -> Any:
    fields = {"account": person.account.name, "user": person.user.login, "password": password}
    return Client(REMOTE_ADDR=address).post("/sign-in", fields)


def ask_for_token(person: Person, password: str) -> Answer:
    """By a user's password, from 192.0.2.7."""
    user = {"name": person.user.login, "password": password, "domain": {"name": person.account.name}}
    identity = {"methods": ["password"], "password": {"user": user}}
    return call(person, "POST", "/v3/auth/tokens", {"auth": {"identity": identity}})


def check_too_many(answer: Answer) -> None:
    """The gateway's form, and when to come again."""
    assert (answer.status, answer.code) == (429, "APIGW.0308")
    assert {*answer.json} == {"error_code", "error_msg", "request_id"}
    assert 1 <= int(answer.headers["retry-after"]) <= math.ceil(60 / MOST)


def test_failures_are_limited_unless_that_is_changed_and_calls_are_not() -> None:
    assert ENVIRONMENT["FAILURES_PER_MINUTE"] == "30"
    assert CALLS_PER_SECOND == 0


# Passwords


def test_after_too_many_failed_sign_ins_the_page_says_when_to_try_again(alice: Person) -> None:
    assert [sign_in(alice, "wrong").status_code for _ in range(MOST)] == [422] * MOST

    refused = sign_in(alice, alice.password)

    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= math.ceil(60 / MOST)
    assert "Too many attempts from your address have failed." in refused.content.decode()
    assert "_auth_user_id" not in refused.wsgi_request.session


def test_no_password_is_looked_at_once_there_were_too_many(alice: Person, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.support.hashing.CountingArgon2"]
    before = CountingArgon2.looked_at
    for _ in range(MOST):
        sign_in(alice, "wrong")
        ask_for_token(alice, "wrong")
    assert CountingArgon2.looked_at == before + 2 * MOST

    assert sign_in(alice, alice.password).status_code == 429
    check_too_many(ask_for_token(alice, alice.password))

    assert CountingArgon2.looked_at == before + 2 * MOST


def test_another_address_signs_in_meanwhile(alice: Person) -> None:
    for _ in range(MOST + 1):
        sign_in(alice, "wrong")

    assert sign_in(alice, alice.password, "192.0.2.10").status_code == 302


def test_right_passwords_are_never_too_many(alice: Person) -> None:
    assert [sign_in(alice, alice.password).status_code for _ in range(2 * MOST)] == [302] * 2 * MOST
    assert [ask_for_token(alice, alice.password).status for _ in range(2 * MOST)] == [201] * 2 * MOST


def test_tokens_by_wrong_passwords_are_limited_in_the_gateways_form(alice: Person) -> None:
    assert [ask_for_token(alice, "wrong").status for _ in range(MOST)] == [401] * MOST

    check_too_many(ask_for_token(alice, "wrong"))


# Signatures and tokens


def test_after_too_many_wrong_signatures_the_next_is_told_so_and_a_right_one_passes(alice: Person) -> None:
    forged = Person(alice.user, "", alice.account, alice.projects, alice.ak, "x" * 40)
    assert [kms(forged, "list-keys").status for _ in range(MOST)] == [401] * MOST

    check_too_many(kms(forged, "list-keys"))
    assert kms(alice, "list-keys").status == 200


def test_so_is_whoever_signs_as_clients_of_aws_do(alice: Person) -> None:
    forged = Person(alice.user, "", alice.account, alice.projects, alice.ak, "x" * 40)
    assert [aws.refusal(forged, "ListKeys") for _ in range(MOST)] == ["InvalidSignatureException"] * MOST

    refused = aws.ask(forged, "ListKeys")

    assert (refused.status, refused.json["__type"]) == (400, "ThrottlingException")
    assert 1 <= int(refused.headers["retry-after"]) <= math.ceil(60 / MOST)
    assert aws.kms(alice, "ListKeys")["Keys"] == []


def test_after_too_many_wrong_tokens_the_next_is_told_so_and_a_right_one_passes(alice: Person) -> None:
    path, token = f"/v1.0/{alice.project.pk}/kms/list-keys", ask_for_token(alice, alice.password)
    for _ in range(MOST):
        assert send("POST", path, b"{}", {"x-auth-token": "guessed"}).status == 401

    check_too_many(send("POST", path, b"{}", {"x-auth-token": "guessed"}))
    assert send("GET", "/v3/projects", b"", {"x-auth-token": token.headers["x-subject-token"]}).status == 200


def test_temporary_access_keys_are_no_way_around_it(alice: Person) -> None:
    path = "/v3.0/OS-CREDENTIAL/securitytokens"
    body = b'{"auth": {"identity": {"methods": ["token"], "token": {"id": "guessed"}}}}'
    assert [send("POST", path, body, {}).status for _ in range(MOST)] == [401] * MOST

    check_too_many(send("POST", path, body, {}))


def test_failed_signatures_keep_nobody_from_signing_in(alice: Person) -> None:
    for _ in range(MOST + 1):
        send("POST", f"/v1.0/{alice.project.pk}/kms/list-keys", b"{}", {"x-auth-token": "guessed"})

    assert sign_in(alice, alice.password, "192.0.2.7").status_code == 302


# Calls


def test_calls_of_a_user_are_limited_where_that_is_set_and_the_refusal_is_traced(alice: Person, settings: Any) -> None:
    bob = with_access_key(colleague(alice, "bob"))
    settings.CALLS_PER_SECOND = 1
    assert kms(alice, "list-keys").status == 200

    answer = kms(alice, "list-keys")

    check_too_many(answer)
    assert "This user makes more calls than the server allows." in answer.json["error_msg"]
    trace = Trace.objects.get(request_id=answer.headers["x-request-id"])
    assert (trace.name, trace.status, trace.error_code) == ("listKeys", 429, "APIGW.0308")
    assert kms(bob, "list-keys").status == 403  # another user's bucket is his own


def test_what_is_not_set_limits_nothing(alice: Person) -> None:
    assert {kms(alice, "list-keys").status for _ in range(20)} == {200}


# The bucket


def test_a_bucket_is_filled_evenly() -> None:
    limit = Limit("test", lambda: 30, 60, TooManyFailures)
    for _ in range(30):
        limit.take("192.0.2.1", now=100.0)

    for moment, wait in [(100.0, 2), (100.5, 2), (101.5, 1)]:
        with pytest.raises(TooManyFailures) as refused:
            limit.take("192.0.2.1", now=moment)
        assert refused.value.retry_after == wait
    limit.take("192.0.2.1", now=102.0)
    with pytest.raises(TooManyFailures):
        limit.take("192.0.2.1", now=102.0)
    limit.take("192.0.2.2", now=102.0)


def test_what_is_given_back_can_be_taken_again() -> None:
    limit = Limit("test", lambda: 1, 60, TooManyFailures)
    for _ in range(3):
        limit.take("192.0.2.1", now=100.0)
        limit.give_back("192.0.2.1")

    limit.take("192.0.2.1", now=100.0)
    with pytest.raises(TooManyFailures):
        limit.take("192.0.2.1", now=100.0)


def test_a_million_addresses_take_no_more_memory_than_some_thousands() -> None:
    limit = Limit("test", lambda: 30, 60, TooManyFailures)
    for number in range(MOST_NAMES + 1000):
        limit.take(str(number), now=100.0)

    assert len(limit) == MOST_NAMES


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_of_ipv6_counts_as_its_network(address: str, place: str) -> None:
    assert place_of(address) == place


def test_users_are_as_they_were(alice: Person) -> None:
    """Nobody is locked out by who fails in his name: that would be a lock in anybody's hand."""
    for number in range(2 * MOST):
        sign_in(alice, "wrong", f"192.0.2.{number}")

    assert User.objects.get(pk=alice.user.pk).is_active
    assert sign_in(alice, alice.password, "192.0.2.99").status_code == 302
