"""Signed requests: the recorded one of the official SDK, and what must not pass."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.access.request import Request
from console.access.signature import SignatureExpired, SignatureRejected, canonical, sign, signer_of
from console.models import AccessKey
from console.protection import root_key
from keys.crypto.secrets import wrap_secret
from tests.support.people import Person

# Sent by huaweicloudsdkkms 3.1 (API contract, section 2), recomputed there by hand.
AK, SK = "AKTESTAKTESTAKTEST01", "sKtestsKtestsKtestsKtestsKtestsKtest1234"
PATH = "/v1.0/0dea2644dc80d5d22ff1c01e3ebea6fc/kms/create-key"
BODY = rb'{"key_alias": "test", "key_spec": "AES_256", "key_description": "\u63cf\u8ff0 \u00e9"}'
SIGNED = "content-type;host;user-agent;x-project-id;x-sdk-date"
SIGNATURE = "d04d6baa366696541e589e54a79be837ab847e241a4c7d8f36356fd14a86dff6"
HEADERS = {
    "User-Agent": "huaweicloud-usdk-python/3.0; os/Linux##1_SMP_PREEMPT_DYNAMIC_@0#x86_64 python/3.11.7 impl/CPython; "
    "app/bb29b895-1659-4f90-a2ff-6159c995ab71",
    "X-Project-Id": "0dea2644dc80d5d22ff1c01e3ebea6fc",
    "X-Sdk-Date": "20261123T205640Z",
    "Host": "127.0.0.1:43143",
    "Authorization": f"{'SDK-HMAC-SHA256'} Access={AK}, SignedHeaders={SIGNED}, Signature={SIGNATURE}",
}
THEN = datetime(2026, 11, 23, 20, 57, tzinfo=UTC)


KIND = "application/json;charset=utf-8"
PROJECT = "0dea2644dc80d5d22ff1c01e3ebea6fc"


def request(path: str = PATH, body: bytes = BODY, **changed: str) -> Request:
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    sent = {name.lower(): value for name, value in headers.items() if value}
    path, _, query = path.partition("?")
    return Request("POST", unquote(path), query, {**sent, "content-type": KIND}, body=body)


@pytest.fixture
def owner(alice: Person) -> Person:
    AccessKey.objects.create(ak=AK, user=alice.user, wrapped_secret=wrap_secret(root_key(), SK, "access key", AK))
    return alice


def test_the_recorded_request_of_the_official_sdk_is_accepted(owner: Person) -> None:
    assert signer_of(request(), PROJECT, now=THEN).user == owner.user


@pytest.mark.parametrize(
    "changed",
    [
        {"path": f"{PATH}x"},
        {"path": f"{PATH}?a=b"},
        {"body": BODY + b" "},
        {"Host": "127.0.0.1:43144"},
        {"X_Project_Id": "1" * 32},
        {"User_Agent": "curl"},
        {"Authorization": HEADERS["Authorization"].replace("d04d", "d04e")},
        {"Authorization": HEADERS["Authorization"].replace("TEST01", "TEST02")},
        {"Authorization": HEADERS["Authorization"].replace("host;", "")},
        {"Authorization": HEADERS["Authorization"].replace(";x-sdk-date", "")},
        {"Authorization": ""},
        {"Authorization": "Bearer x"},
        {"X_Sdk_Content_Sha256": "UNSIGNED-PAYLOAD"},
        {"X_Sdk_Date": "now"},
    ],
)
def test_a_changed_request_is_refused(owner: Person, changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureRejected):
        signer_of(request(**changed), PROJECT, now=THEN)


def test_a_replaced_body_is_refused_though_its_old_hash_is_sent(owner: Person) -> None:
    old = "631016c8e11af57d8cad51ce3dd87bd5217afe20a11a55a7ee53880226c70cc2"
    assert signer_of(request(X_Sdk_Content_Sha256=old), PROJECT, now=THEN)

    with pytest.raises(SignatureRejected):
        signer_of(request(body=b"{}", X_Sdk_Content_Sha256=old), PROJECT, now=THEN)


@pytest.mark.parametrize(("minutes", "passes"), [(14, True), (-14, True), (16, False), (-16, False)])
def test_the_clock_may_be_15_minutes_off(owner: Person, minutes: int, passes: bool) -> None:
    now = datetime(2026, 11, 23, 20, 56, 40, tzinfo=UTC) + timedelta(minutes=minutes)
    if passes:
        assert signer_of(request(), PROJECT, now=now)
    else:
        with pytest.raises(SignatureExpired):
            signer_of(request(), PROJECT, now=now)


@pytest.mark.parametrize("who", ["access key", "user"])
def test_a_disabled_access_key_or_user_is_refused(owner: Person, who: str) -> None:
    if who == "user":
        owner.user.is_active = False
        owner.user.save()
    else:
        AccessKey.objects.filter(pk=AK).update(is_active=False)

    with pytest.raises(SignatureRejected):
        signer_of(request(), PROJECT, now=THEN)


def test_an_encoded_slash_in_the_path_counts_as_a_slash() -> None:
    lines = canonical(Request("GET", "/a/b/c d", "b=2&a=x%20y&c", {}), [], "hash").split("\n")

    assert lines[1:3] == ["/a/b/c%20d/", "a=x%20y&b=2&c="]


def test_the_secret_never_shows(owner: Person, client: Client) -> None:
    assert SK not in sign(SK, "date", "request")
    assert SK.encode() not in bytes(AccessKey.objects.get(pk=AK).wrapped_secret)


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_changed_byte_of_anything_signed_is_accepted(owner: Person, data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(["path", "body", "User_Agent", "X_Project_Id", "Host", "signature", "ak"]))
    texts = {
        "path": PATH,
        "body": BODY.decode(),
        "User_Agent": HEADERS["User-Agent"],
        "X_Project_Id": HEADERS["X-Project-Id"],
        "Host": HEADERS["Host"],
        "signature": SIGNATURE,
        "ak": AK,
    }
    text = texts[what]
    place = data.draw(st.integers(1 if what == "path" else 0, len(text) - 1))
    other = data.draw(st.sampled_from("aZ09._-").filter(lambda one: one != text[place]))
    changed = text[:place] + other + text[place + 1 :]
    fields: dict[str, Any] = {what: changed}
    if what == "body":
        fields = {"body": changed.encode()}
    elif what in {"signature", "ak"}:
        fields = {"Authorization": HEADERS["Authorization"].replace(text, changed)}

    with pytest.raises(SignatureRejected):
        signer_of(request(**fields), PROJECT, now=THEN)


def test_a_header_that_is_not_signed_may_change(owner: Person) -> None:
    assert signer_of(request(Accept="text/plain"), PROJECT, now=THEN).user == owner.user


def test_the_project_of_the_path_is_the_accounts_own_or_none(owner: Person, charlie: Person) -> None:
    assert signer_of(request(), owner.project.pk, now=THEN).project == owner.project
    assert signer_of(request(), charlie.project.pk, now=THEN).project is None
