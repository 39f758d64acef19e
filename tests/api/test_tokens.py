"""Tokens: asked for with a password, shown instead of a signature, worthless as soon as they should be."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from huaweicloudsdkcore.utils.http_utils import sanitize_for_serialization
from huaweicloudsdkiam import v3 as iam

from console.access.tokens import digest_of
from console.models import Token, Trace
from console.operations.second_factor_rules import require_second_factor
from console.operations.tokens import sweep_tokens
from console.operations.users import set_password, update_user
from tests.support.devices import with_app
from tests.support.people import Person, colleague
from tests.support.signing import signed_headers
from tests.support.wire import Answer, kms, send

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
JSON = {"content-type": "application/json"}


def ask(person: Person, *, password: str = "", scope: Any = None, user: dict[str, Any] | None = None) -> Answer:
    """Ask for a token as Keystone's clients do."""
    named = user or {"name": person.user.login, "domain": {"name": person.account.name}}
    identity = {"methods": ["password"], "password": {"user": {**named, "password": password or person.password}}}
    auth = {"identity": identity, "scope": {"project": {"id": person.project.pk}} if scope is None else scope}
    return send("POST", "/v3/auth/tokens", json.dumps({"auth": auth}).encode(), JSON)


def ask_with_code(person: Person, code: str, *, user_id: str = "", password: str = "") -> Answer:
    """Ask for a token as the official SDK does for a user with a virtual MFA device."""
    user = {"name": person.user.login, "password": password or person.password, "domain": {"name": person.account.name}}
    totp = iam.MfaTotp(iam.MfaTotpUser(id=user_id or person.user.pk, passcode=code))
    identity = iam.MfaIdentity(methods=["password", "totp"], password={"user": user}, totp=totp)
    scope = iam.AuthScope(project=iam.AuthScopeProject(id=person.project.pk))
    body = iam.KeystoneCreateUserTokenByPasswordAndMfaRequestBody(auth=iam.MfaAuth(identity=identity, scope=scope))
    sent = json.dumps(sanitize_for_serialization(body)).encode()
    return send("POST", "/v3/auth/tokens", sent, JSON)


def token_of(person: Person, **asked: Any) -> str:
    answer = ask(person, **asked)
    assert answer.status == 201, answer.body
    return answer.headers["x-subject-token"]


def list_keys(person: Person, token: str, **headers: str) -> Answer:
    return send(
        "POST",
        f"/v1.0/{person.project.pk}/kms/list-keys",
        b"{}",
        {**JSON, "x-auth-token": token, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


def test_a_token_opens_the_project_it_is_for(alice: Person) -> None:
    answer = ask(alice)

    content = answer.json["token"]
    assert content["project"]["id"] == alice.project.pk
    assert content["user"]["domain"]["name"] == "northwind"
    (kms,) = [one for one in content["catalog"] if one["type"] == "kms"]
    assert kms["endpoints"][0]["url"].endswith(f"/v1.0/{alice.project.pk}")
    assert list_keys(alice, answer.headers["x-subject-token"]).status == 200


@pytest.mark.parametrize(
    "name",
    [
        lambda one: {"name": one.user.login, "domain": {"id": one.account.pk}},
        lambda one: {"id": one.user.pk},
        lambda one: {"name": one.user.login.upper(), "domain": {"name": "NorthWind"}},
    ],
    ids=["account's id", "user's id", "capitals"],
)
def test_a_user_is_named_with_his_account_or_by_his_id(alice: Person, name: Callable[[Person], dict[str, Any]]) -> None:
    assert ask(alice, user=name(alice)).status == 201


def test_a_project_is_named_by_id_or_by_name_or_not_at_all(alice: Person) -> None:
    by_name = token_of(alice, scope={"project": {"name": "ap-southeast-3"}})
    unscoped = token_of(alice, scope={})
    of_the_account = token_of(alice, scope={"domain": {"name": "northwind"}})

    assert list_keys(alice, by_name).status == 200
    assert [list_keys(alice, one).code for one in (unscoped, of_the_account)] == ["KMS.0321", "KMS.0321"]
    assert send("GET", "/v3/projects", b"", {"x-auth-token": unscoped}).status == 200


def test_whatever_does_not_fit_is_one_and_the_same_refusal(alice: Person, charlie: Person) -> None:
    answers = [
        ask(alice, password="wrong"),
        ask(alice, user={"name": "nobody", "domain": {"name": "northwind"}}),
        ask(alice, user={"name": alice.user.login, "domain": {"name": "southwind"}}),
        ask(alice, user={"id": "0" * 32}),
        ask(alice, scope={"project": {"id": charlie.project.pk}}),
        ask(alice, scope={"project": {"name": "no-such"}}),
    ]

    assert {answer.status for answer in answers} == {401}
    assert {answer.code for answer in answers} == {"APIGW.0301"}
    assert {answer.json["error_msg"] for answer in answers} == {answers[0].json["error_msg"]}
    assert {*answers[0].json} == {"error_code", "error_msg", "request_id"}
    assert not Trace.objects.filter(name="createToken").exists()


NUL = "a\0b"  # which PostgreSQL takes in no text


@pytest.mark.parametrize(
    "asked",
    [
        {"user": {"name": NUL, "domain": {"name": "northwind"}}},
        {"user": {"name": "northwind", "domain": {"name": NUL}}},
        {"user": {"name": "northwind", "domain": {"id": NUL}}},
        {"user": {"id": NUL}},
        {"password": NUL},
        {"scope": {"project": {"id": NUL}}},
        {"scope": {"project": {"name": NUL}}},
    ],
    ids=["login", "account", "account's id", "user's id", "password", "project's id", "project"],
)
def test_so_is_what_no_database_can_hold(alice: Person, asked: dict[str, Any]) -> None:
    answer = ask(alice, **asked)

    assert (answer.status, answer.code) == (401, "APIGW.0301")


@pytest.mark.parametrize(
    "body",
    [
        b'{"auth": ' + b'{"identity": ' * 5000,
        b'{"auth": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"auth": {"identity": {"methods": ["\\ud800"]}}}',
        b'{"auth": 1e999999}',
        b'{"auth": ' + b"9" * 60_000 + b"}",
        b'{"\xff": 1}',
    ],
    ids=["unended", "deep", "half a character", "infinite", "long number", "no UTF-8"],
)
def test_what_is_no_request_for_a_token_is_a_wrong_request(db: None, body: bytes) -> None:
    assert send("POST", "/v3/auth/tokens", body, JSON).status == 400


def test_a_token_of_another_project_is_refused_and_traced(alice: Person) -> None:
    token = token_of(alice, scope={"project": {"name": "eu-west-101"}})

    answer = list_keys(alice, token)

    assert (answer.status, answer.code) == (403, "KMS.0321")
    assert Trace.objects.get(request_id=answer.headers["x-request-id"]).user_name == "northwind/northwind"


def test_a_neighbours_token_opens_nothing_here(alice: Person, charlie: Person) -> None:
    assert list_keys(alice, token_of(charlie)).code == "KMS.0321"


def test_the_database_holds_no_token(alice: Person) -> None:
    token = token_of(alice)

    assert Token.objects.get().digest == digest_of(token)
    assert len(token) >= 43


@pytest.mark.parametrize(
    "end",
    [
        lambda one: Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda one: set_password(one.caller, one.user, "another long Passw0rd"),
        lambda one: type(one.user).objects.filter(pk=one.user.pk).update(is_active=False),
        lambda one: one.client().post("/sign-out"),
    ],
    ids=["it expires", "the password changes", "the user is disabled", "the user signs out"],
)
def test_a_token_dies_when(alice: Person, end: Callable[[Person], Any], client: Client) -> None:
    token = token_of(alice)
    assert list_keys(alice, token).status == 200

    end(alice)

    assert (list_keys(alice, token).status, list_keys(alice, token).code) == (401, "APIGW.0301")


def test_disabling_a_user_deletes_his_tokens_for_good(alice: Person, bob: Person) -> None:
    token_of(bob)

    update_user(alice.caller, bob.user, is_active=False)

    assert not Token.objects.exists()


def test_expired_tokens_are_swept(alice: Person) -> None:
    token_of(alice)
    kept = token_of(alice)
    Token.objects.exclude(digest=digest_of(kept)).update(expires_at=timezone.now())

    assert sweep_tokens() == 1
    assert Token.objects.get().digest == digest_of(kept)


def test_no_flipped_bit_of_a_token_is_accepted(alice: Person) -> None:
    token = token_of(alice)

    for place, bit in itertools.product(range(len(token)), range(7)):
        changed = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
        assert list_keys(alice, changed).status == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\u00e9", "null"])
def test_what_is_no_token_is_refused(alice: Person, token: str) -> None:
    assert list_keys(alice, token).status == 401


def test_a_signature_wins_over_a_token(alice: Person, charlie: Person) -> None:
    path, body = f"/v1.0/{alice.project.pk}/kms/list-keys", b"{}"
    signed = signed_headers(alice.ak, alice.sk, "POST", path, body)
    wrong = signed_headers(alice.ak, "x" * 40, "POST", path, body)

    assert send("POST", path, body, {**signed, "x-auth-token": "x"}).status == 200
    assert send("POST", path, body, {**wrong, "x-auth-token": token_of(alice)}).status == 401


# With a second factor


def test_who_has_a_second_factor_gets_a_token_by_password_and_code_alone(alice: Person) -> None:
    app = with_app(alice)
    without = ask(alice)

    answer = ask_with_code(alice, app.code())

    assert (without.status, without.code) == (401, "APIGW.0301")
    assert "methods password and totp" in without.json["error_msg"]
    assert answer.status == 201
    assert answer.json["token"]["methods"] == ["password", "totp"]
    assert list_keys(alice, answer.headers["x-subject-token"]).status == 200
    assert list_keys(alice, token_of(colleague(alice, "bob"))).status == 403  # who has none goes on as before
    refused = Trace.objects.get(request_id=without.headers["x-request-id"])
    assert (refused.name, refused.user_name, refused.status) == ("createToken", "northwind/northwind", 401)


def test_a_code_is_good_for_one_token(alice: Person) -> None:
    code = with_app(alice).code()

    assert [ask_with_code(alice, code).status for _ in range(2)] == [201, 401]
    assert Token.objects.count() == 1


def test_wrong_codes_get_no_token(alice: Person, bob: Person) -> None:
    app = with_app(alice)

    answers = [
        ask_with_code(alice, "000000"),
        ask_with_code(alice, app.codes[0]),  # a recovery code is for people
        ask_with_code(alice, app.code(), user_id=bob.user.pk),
        ask_with_code(alice, app.code(), password="wrong"),
        ask_with_code(bob, app.code()),
    ]

    assert {(one.status, one.code) for one in answers} == {(401, "APIGW.0301")}
    assert not Token.objects.exists()
    assert ask_with_code(alice, app.code()).status == 201  # none of them used it up


def test_methods_without_their_code_are_as_the_password_alone(alice: Person) -> None:
    with_app(alice)
    user = {"name": alice.user.login, "password": alice.password, "domain": {"name": "northwind"}}
    identity = {"methods": ["password", "totp"], "password": {"user": user}}

    answer = send("POST", "/v3/auth/tokens", json.dumps({"auth": {"identity": identity}}).encode(), JSON)

    assert answer.status == 401


def test_where_everyone_needs_one_who_has_none_gets_no_token_and_access_keys_go_on(alice: Person, bob: Person) -> None:
    with_app(alice)
    require_second_factor(alice.caller, needed=True)

    answer = ask(bob)

    assert answer.status == 401
    assert "Set one up in the console" in answer.json["error_msg"]
    assert kms(alice, "list-keys", {}).status == 200
