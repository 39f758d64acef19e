"""Temporary access keys: had for a signature or a token, good beside their own token, and gone when they should be."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.access.principals import holder_of_access_key
from console.access.signature import SignatureRejected
from console.access.tokens import TokenRejected, bearer_of_token, digest_of
from console.models import AccessKey, TemporaryAccessKey, Token, Trace
from console.operations.access_keys import update_access_key
from console.operations.temporary_keys import create_temporary_access_key, sweep_temporary_keys
from console.operations.users import set_password, update_user
from console.protection import root_key
from keys.crypto.errors import WrappedRejected
from keys.crypto.secrets import unwrap_secret
from tests.api.test_tokens import token_of
from tests.support.people import Person, with_access_key
from tests.support.sdk import Sdk
from tests.support.signing import signed_headers
from tests.support.wire import Answer, call, send

PATH = "/v3.0/OS-CREDENTIAL/securitytokens"
JSON = {"content-type": "application/json"}
Credential = dict[str, str]


def asked(*, methods: tuple[str, ...] = ("token",), policy: Any = None, **token: Any) -> dict[str, Any]:
    identity: dict[str, Any] = {"methods": list(methods), "token": token}
    return {"auth": {"identity": {**identity, **({"policy": policy} if policy is not None else {})}}}


def ask(person: Person, **wish: Any) -> Answer:
    return call(person, "POST", PATH, asked(**wish))


def credential_of(person: Person, **wish: Any) -> Credential:
    answer = ask(person, **wish)
    assert answer.status == 201, answer.body
    made: Credential = answer.json["credential"]
    return made


def by_token(token: str, **wish: Any) -> Answer:
    return send("POST", PATH, json.dumps(asked(**wish)).encode(), {**JSON, "x-auth-token": token})


def list_keys(person: Person, made: Credential, *, region: str = "", signed: bool = True, **changed: Any) -> Answer:
    """A call signed with a temporary key; the token is signed too, or put beside as some clients do."""
    project = person.projects[region] if region else person.project
    path, body = f"/v1.0/{project.pk}/kms/list-keys", b"{}"
    made = {**made, **changed}
    token = {"x-security-token": made["securitytoken"]} if made["securitytoken"] else {}
    headers = signed_headers(made["access"], made["secret"], "POST", path, body, **(token if signed else {}))
    return send("POST", path, body, {**headers, **token})


def seconds_left(made: Credential) -> float:
    return (datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)).total_seconds()


def test_the_sdk_gets_and_uses_one(sdk: Sdk) -> None:
    made = sdk.iam.create_temporary_access_key_by_token(auth=asked(duration_seconds=3600)["auth"]).credential
    temporary = sdk.with_temporary(made)

    key_id = temporary.create_key(key_alias="by-a-temporary-key").key_info.key_id

    assert sdk.list_key_detail(key_id=key_id).key_info.key_alias == "by-a-temporary-key"
    made.securitytoken = "another"
    assert sdk.with_temporary(made).refusal("list_keys") == (401, "APIGW.0301")


@pytest.mark.parametrize(("wish", "seconds"), [({}, 900), ({"duration_seconds": 86400}, 86400)])
def test_it_lives_a_quarter_of_an_hour_or_as_long_as_asked(alice: Person, wish: dict[str, Any], seconds: int) -> None:
    made = credential_of(alice, **wish)

    assert seconds_left(made) == pytest.approx(seconds, abs=10)
    assert (len(made["access"]), len(made["secret"])) == (20, 40)
    assert list_keys(alice, made).status == 200
    assert list_keys(alice, made, signed=False).status == 200


@pytest.mark.parametrize("seconds", [899, 86401, 0, -1, "x", 10**12])
def test_no_other_life_is_possible(alice: Person, seconds: int | str) -> None:
    answer = ask(alice, duration_seconds=seconds)

    assert (answer.status, answer.code) == (400, "KMS.0308")
    trace = Trace.objects.get(request_id=answer.headers["x-request-id"])
    assert (trace.name, trace.status, trace.user_id) == ("createTemporaryAccessKey", 400, alice.user.pk)
    assert not TemporaryAccessKey.objects.exists()


@pytest.mark.parametrize("wish", [{"methods": ("assume_role",)}, {"methods": ()}, {"policy": {"Version": "1.1"}}])
def test_what_would_give_other_rights_than_asked_for_is_refused(alice: Person, wish: dict[str, Any]) -> None:
    assert ask(alice, **wish).status == 400
    assert not TemporaryAccessKey.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{"securitytoken": ""}, {"securitytoken": "x"}, {"secret": "x" * 40}, {"access": "A" * 20}],
    ids=["no token", "another token", "another secret", "another access key"],
)
def test_it_signs_only_with_its_secret_and_beside_its_token(alice: Person, changed: dict[str, Any]) -> None:
    answer = list_keys(alice, credential_of(alice), **changed)

    assert (answer.status, answer.code) == (401, "APIGW.0301")


def test_no_key_goes_with_another_ones_token(alice: Person) -> None:
    one, other = credential_of(alice), credential_of(alice)

    assert list_keys(alice, one, securitytoken=other["securitytoken"]).status == 401
    lasting = {"access": alice.ak, "secret": alice.sk, "securitytoken": one["securitytoken"]}
    assert list_keys(alice, lasting).status == 401


def test_no_flipped_bit_of_its_token_is_accepted(alice: Person) -> None:
    made = credential_of(alice)
    token = made["securitytoken"]

    for place, bit in itertools.product(range(len(token)), range(7)):
        changed = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
        assert list_keys(alice, made, securitytoken=changed).status == 401


@pytest.mark.parametrize(
    "end",
    [
        lambda one: TemporaryAccessKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda one: set_password(one.caller, one.user, "another long Passw0rd"),
        lambda one: type(one.user).objects.filter(pk=one.user.pk).update(is_active=False),
        lambda one: one.client().post("/sign-out"),
        lambda one: update_access_key(one.caller, AccessKey.objects.get(pk=one.ak), is_active=False),
    ],
    ids=["it expires", "the password changes", "the user is disabled", "he signs out", "its access key is stopped"],
)
def test_it_dies_when(alice: Person, end: Callable[[Person], Any], client: Client) -> None:
    made = credential_of(alice)
    assert list_keys(alice, made).status == 200

    end(alice)

    answer = list_keys(alice, made)
    assert (answer.status, answer.code) == (401, "APIGW.0301")


def test_disabling_a_user_deletes_his_temporary_keys_for_good(alice: Person, bob: Person) -> None:
    credential_of(with_access_key(bob))

    update_user(alice.caller, bob.user, is_active=False)

    assert not TemporaryAccessKey.objects.exists()


def test_it_may_do_what_its_user_may(alice: Person, bob: Person, charlie: Person) -> None:
    of_bob = credential_of(with_access_key(bob))

    assert (list_keys(alice, of_bob).status, list_keys(alice, of_bob).code) == (403, "KMS.0306")
    assert list_keys(charlie, credential_of(alice)).code == "KMS.0321"
    assert list_keys(alice, credential_of(alice), region="eu-west-101").status == 200


def test_one_made_with_a_token_stays_in_the_tokens_project(alice: Person) -> None:
    of_project = by_token(token_of(alice)).json["credential"]
    of_nowhere = by_token(token_of(alice, scope={})).json["credential"]

    assert list_keys(alice, of_project).status == 200
    assert list_keys(alice, of_project, region="eu-west-101").code == "KMS.0321"
    assert list_keys(alice, of_nowhere).code == "KMS.0321"


def test_a_token_may_stand_in_the_body(alice: Person, charlie: Person) -> None:
    token = token_of(alice)

    unsigned = send("POST", PATH, json.dumps(asked(id=token)).encode(), JSON)
    signed = ask(alice, id=token)

    assert (unsigned.status, signed.status) == (201, 201)
    assert list_keys(alice, signed.json["credential"], region="eu-west-101").code == "KMS.0321"
    assert ask(charlie, id=token).status == 401
    assert ask(alice, id="no such token").status == 401


@pytest.mark.parametrize("headers", [{}, {"x-auth-token": "x"}])
def test_strangers_get_none(alice: Person, headers: dict[str, str]) -> None:
    answer = send("POST", PATH, json.dumps(asked()).encode(), {**JSON, **headers})

    assert (answer.status, answer.code) == (401, "APIGW.0301")
    assert not Trace.objects.filter(name="createTemporaryAccessKey").exists()


def test_a_temporary_key_makes_no_other(alice: Person) -> None:
    made = credential_of(alice)
    body = json.dumps(asked()).encode()
    token = {"x-security-token": made["securitytoken"]}
    headers = signed_headers(made["access"], made["secret"], "POST", PATH, body, **token)

    answer = send("POST", PATH, body, {**headers, **token})

    assert (answer.status, answer.code) == (403, "KMS.0306")
    assert TemporaryAccessKey.objects.count() == 1


def test_a_token_or_access_key_that_ended_meanwhile_makes_none(alice: Person) -> None:
    of_token = bearer_of_token(token_of(alice), "")
    of_key = holder_of_access_key(alice.ak, "")
    assert of_key is not None

    Token.objects.all().delete()
    update_access_key(alice.caller, AccessKey.objects.get(pk=alice.ak), is_active=False)

    for holder in (of_token, of_key):
        with pytest.raises((TokenRejected, SignatureRejected)):
            create_temporary_access_key(holder, seconds=None, source_ip="192.0.2.1", request_id="0" * 32)
    assert not TemporaryAccessKey.objects.exists()


def test_the_database_and_the_trail_hold_neither_secret_nor_token(alice: Person) -> None:
    made = credential_of(alice)

    row = TemporaryAccessKey.objects.get()
    stored = repr([TemporaryAccessKey.objects.values(), Trace.objects.values()])
    assert row.token_digest == digest_of(made["securitytoken"])
    assert made["secret"] not in stored
    assert made["securitytoken"] not in stored
    assert unwrap_secret(root_key(), bytes(row.wrapped_secret), "temporary access key", row.ak) == made["secret"]
    with pytest.raises(WrappedRejected):
        unwrap_secret(root_key(), bytes(row.wrapped_secret), "access key", row.ak)


def test_expired_ones_are_swept(alice: Person) -> None:
    credential_of(alice)
    kept = credential_of(alice)
    TemporaryAccessKey.objects.exclude(pk=kept["access"]).update(expires_at=timezone.now())

    assert sweep_temporary_keys() == 1
    assert list_keys(alice, kept).status == 200
