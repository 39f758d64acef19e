"""Requests signed by AWS Signature Version 4: published vectors, and what must not pass."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.access.principals import Principal, holder_of_access_key
from console.access.request import Request
from console.access.signature import SignatureExpired, SignatureRejected
from console.access.sigv4 import Scope, SignatureIncomplete, SignatureMissing, canonical, sign, signer_of
from console.models import AccessKey, Trace
from console.operations.temporary_keys import create_temporary_access_key
from tests.support.aws import ask, kms, refusal, sigv4_headers
from tests.support.people import HOME, Person
from tests.support.wire import send

# AWS's test suite for Signature Version 4 (aws-sig-v4-test-suite): one secret, one moment, one scope.
SECRET, THEN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z"
SCOPE = Scope("20150830", "us-east-1", "service")
BASE = {"host": "example.amazonaws.com", "x-amz-date": THEN}
FORM = {**BASE, "content-type": "application/x-www-form-urlencoded"}
VECTORS: list[tuple[str, str, str, dict[str, str], bytes, str]] = [
    ("get-vanilla", "GET", "", BASE, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    (
        "get-vanilla-query-order-key-case",
        "GET",
        "Param2=value2&Param1=value1",
        BASE,
        b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-vanilla-empty-query-key",
        "GET",
        "Param1=value1",
        BASE,
        b"",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    (
        "get-vanilla-utf8-query",
        "GET",
        "%E1%88%B4=bar",
        BASE,
        b"",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    (
        "get-header-key-duplicate",
        "GET",
        "",
        {**BASE, "my-header1": "value2,value2,value1"},
        b"",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "get-header-value-order",
        "GET",
        "",
        {**BASE, "my-header1": "value4,value1,value3,value2"},
        b"",
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    ),
    (
        "get-header-value-trim",
        "GET",
        "",
        {**BASE, "my-header1": " value1", "my-header2": ' "a   b   c"'},
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    ("post-vanilla", "POST", "", BASE, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    (
        "post-header-key-sort",
        "POST",
        "",
        {**BASE, "my-header1": "value1"},
        b"",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    (
        "post-x-www-form-urlencoded",
        "POST",
        "",
        FORM,
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
]


@pytest.mark.without_database
@pytest.mark.parametrize(
    ("name", "method", "query", "headers", "body", "signature"), VECTORS, ids=lambda one: str(one)[:24]
)
def test_the_published_vectors_are_signed_so(
    name: str, method: str, query: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    request = Request(method, "/", query, headers, body=body)

    text = canonical(request, sorted(headers), hashlib.sha256(body).hexdigest())

    assert sign(SECRET, THEN, SCOPE, text) == signature


TARGET = "TrentService.GenerateRandom"
BODY = b'{"NumberOfBytes": 16}'


def signed(person: Person, body: bytes = BODY, **changed: Any) -> Request:
    """A signed request, some of whose headers were changed afterwards."""
    headers = sigv4_headers(person.ak, person.sk, BODY, x_amz_target=TARGET)
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Request("POST", "/", "", {name: value for name, value in headers.items() if value}, body=body)


def signer(request: Request, now: datetime | None = None) -> Principal:
    return signer_of(request, "kms", ["x-amz-target"], now=now)


def test_a_signed_request_is_its_users_in_the_project_of_its_region(alice: Person) -> None:
    found = signer(signed(alice))

    assert (found.user, found.project) == (alice.user, alice.project)


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "127.0.0.1:8001"},
        {"x_amz_target": "TrentService.DisableKey"},
        {"x_amz_date": ""},
        {"x_amz_date": "now"},
        {"x_amz_content_sha256": "UNSIGNED-PAYLOAD"},
        {"x_amz_security_token": "x"},
    ],
)
def test_a_changed_request_is_refused(alice: Person, changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureRejected):
        signer(signed(alice, **changed))


def test_another_body_is_refused(alice: Person) -> None:
    with pytest.raises(SignatureRejected):
        signer(signed(alice, body=b'{"NumberOfBytes": 17}'))


def test_a_query_that_was_not_signed_is_refused(alice: Person) -> None:
    request = signed(alice)
    with pytest.raises(SignatureRejected):
        signer(Request("POST", "/", "X-Amz-Expires=9", request.headers, body=request.body))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/kms/aws4_request", "/s3/aws4_request"),
        ("/aws4_request", "/aws5_request"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("host;", ""),
        (";x-amz-date", ""),
        (";x-amz-target", ""),
        ("Signature=", "Signature=0"),
        (", SignedHeaders", ". SignedHeaders"),
    ],
)
def test_an_incomplete_signature_is_told_apart(alice: Person, old: str, new: str) -> None:
    authorization = signed(alice).header("authorization")
    assert old in authorization

    with pytest.raises(SignatureIncomplete):
        signer(signed(alice, authorization=authorization.replace(old, new)))


def test_a_request_without_signature_is_told_apart(alice: Person) -> None:
    with pytest.raises(SignatureMissing):
        signer(signed(alice, authorization=""))


@pytest.mark.parametrize("changed", ["day", "region", "access key", "secret"])
def test_another_scope_or_secret_is_refused(alice: Person, changed: str) -> None:
    request, day = signed(alice), f"{datetime.now(UTC):%Y%m%d}"
    other = {
        "day": request.header("authorization").replace(f"/{day}/", "/20150830/"),
        "region": request.header("authorization").replace(HOME, "eu-west-101"),
        "access key": request.header("authorization").replace(alice.ak, "UNKNOWN"),
        "secret": sigv4_headers(alice.ak, "another", BODY, x_amz_target=TARGET)["authorization"],
    }
    with pytest.raises(SignatureRejected):
        signer(signed(alice, authorization=other[changed]))


@pytest.mark.parametrize(("minutes", "passes"), [(4, True), (-4, True), (6, False), (-6, False)])
def test_the_clock_may_be_five_minutes_off(alice: Person, minutes: int, passes: bool) -> None:
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    if passes:
        assert signer(signed(alice), now)
    else:
        with pytest.raises(SignatureExpired):
            signer(signed(alice), now)


def test_a_temporary_access_key_works_with_its_token_alone(alice: Person) -> None:
    holder = holder_of_access_key(alice.ak, alice.project.pk)
    assert holder is not None
    made = create_temporary_access_key(holder, seconds=900, source_ip="192.0.2.7", request_id="0" * 32)
    visitor = replace(alice, ak=made.row.ak, sk=made.secret)

    answer = ask(visitor, "GenerateRandom", {"NumberOfBytes": 16}, x_amz_security_token=made.token)

    assert answer.status == 200
    assert refusal(visitor, "GenerateRandom", NumberOfBytes=16) == "InvalidSignatureException"


def test_a_disabled_access_key_is_refused_at_once(alice: Person) -> None:
    kms(alice, "GenerateRandom", NumberOfBytes=16)
    AccessKey.objects.filter(pk=alice.ak).update(is_active=False)

    assert refusal(alice, "GenerateRandom", NumberOfBytes=16) == "InvalidSignatureException"


def test_a_region_without_a_project_is_refused_with_a_sentence_and_traced(alice: Person) -> None:
    answer = ask(alice, "GenerateRandom", {"NumberOfBytes": 16}, region="mars-north-1")

    assert (answer.status, answer.json["__type"]) == (400, "AccessDeniedException")
    assert "no project in the region" in answer.json["message"]
    assert Trace.objects.filter(name="genRandom", error_code="KMS.0321").exists()


def test_nothing_else_at_the_root_is_this_dialect(alice: Person) -> None:
    answer = send("GET", "/", b"", {"accept": "*/*"})

    assert answer.headers["content-type"] == "application/json"
