"""How a call of AWS's clients looks when it is refused, and that nothing that comes is a failure of the server."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.access.request import Request
from console.api import door
from console.api.routes import Pace
from console.models import Trace
from keys import errors
from keys.aws.dialect import AWS, OPERATIONS
from keys.aws.errors import NAMES, name_of
from keys.errors import Failed, KmsError, NotSaved
from tests.support.aws import ask, kms, refusal, sigv4_headers
from tests.support.people import Person, with_access_key
from tests.support.wire import Answer, send

HOT = {
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetPublicKey",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
}


def raw(person: Person, target: str, body: bytes) -> Answer:
    """A signed request of any bytes."""
    return send("POST", "/", body, sigv4_headers(person.ak, person.sk, body, x_amz_target=target))


def test_an_answer_and_a_refusal_have_the_form_that_clients_read(alice: Person) -> None:
    passed = ask(alice, "GenerateRandom", {"NumberOfBytes": 9})
    refused = ask(alice, "DescribeKey", {"KeyId": "x"})

    for answer in (passed, refused):
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        assert answer.headers["x-amzn-requestid"] == answer.headers["x-request-id"]
        assert answer.headers["cache-control"] == "no-store"
    assert refused.status == 400
    assert refused.json == {"__type": "NotFoundException", "message": "KMS.0205: Invalid key ID."}


def test_a_refusal_names_the_missing_permission_whatever_the_language(bob: Person, key: str) -> None:
    answer = ask(with_access_key(bob), "DescribeKey", {"KeyId": key})

    assert answer.json["__type"] == "AccessDeniedException"
    assert "permission kms:cmk:get is missing" in answer.json["message"]


@pytest.mark.parametrize(
    "target", ["TrentService.ReplicateKey", "TrentService.", "DynamoDB_20120810.GetItem", "", "x" * 999]
)
def test_an_operation_that_is_not_offered_is_unknown(alice: Person, target: str) -> None:
    answer = raw(alice, target, b"{}")

    assert (answer.status, answer.json["__type"]) == (400, "UnknownOperationException")
    assert "does not offer this operation" in answer.json["message"]


def test_another_method_is_refused(alice: Person) -> None:
    answer = send("GET", "/", b"", sigv4_headers(alice.ak, alice.sk, b"", x_amz_target="TrentService.ListKeys"))

    assert answer.json["__type"] in {"InvalidSignatureException", "UnknownOperationException"}


@pytest.mark.parametrize(
    ("body", "exception"),
    [
        (b"", "ValidationException"),
        (b"[]", "ValidationException"),
        (b"{", "SerializationException"),
        (b"\xff", "SerializationException"),
        (b'{"KeyId": 1}', "ValidationException"),
        (b'{"KeyId": null}', "ValidationException"),
        (b'{"KeyId": "\\ud800"}', "SerializationException"),
        (b'{"Tags": ' + b"[" * 9000, "SerializationException"),
    ],
)
def test_a_body_that_is_none_is_refused_and_traced(alice: Person, body: bytes, exception: str) -> None:
    answer = raw(alice, "TrentService.DescribeKey", body)

    assert (answer.status, answer.json["__type"]) == (400, exception)
    assert Trace.objects.latest("pk").name == "describeKey"


@pytest.mark.parametrize("field", ["DryRun", "Recipient"])
def test_what_is_not_offered_is_refused_rather_than_ignored(alice: Person, key: str, field: str) -> None:
    wish = {"KeyId": key, "KeySpec": "AES_256", field: True}

    assert refusal(alice, "GenerateDataKey", **wish) == "UnsupportedOperationException"
    assert Trace.objects.latest("pk").error_code == "KMS.0340"
    assert kms(alice, "GenerateDataKey", **wish | {field: False, "GrantTokens": ["x"]})


@pytest.mark.without_database
def test_hot_calls_are_answered_quickly_and_rsa_where_it_may_compute() -> None:
    def pace(operation: str, body: bytes = b"{}") -> Pace:
        request = Request("POST", "/", "", {"x-amz-target": f"TrentService.{operation}"}, body=body)
        return door.asked_by(request).pace(body)

    assert {one.__name__ for one in OPERATIONS if pace(one.__name__) is Pace.QUICK} == HOT
    assert pace("Decrypt", b'{"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}') is Pace.BUSY
    assert pace("CreateKey") is Pace.CHANGING
    assert pace("CreateKey", b'{"KeySpec": "RSA_2048"}') is Pace.PATIENT


@pytest.mark.without_database
def test_every_refusal_has_a_name_that_clients_know() -> None:
    def kinds(of: type[KmsError]) -> set[type[KmsError]]:
        return {of}.union(*(kinds(one) for one in of.__subclasses__()))

    known = {
        *NAMES,
        "ValidationException",
        "AccessDeniedException",
        "KMSInternalException",
        "DependencyTimeoutException",
    }
    named = {}
    for kind in kinds(KmsError):
        error = kind.__new__(kind)
        named[kind] = name_of(error)
    assert {*named.values()} <= known
    assert (named[Failed], named[NotSaved]) == ("KMSInternalException", "DependencyTimeoutException")
    assert (named[errors.NotPermitted], named[errors.NotGranted]) == ("AccessDeniedException", "AccessDeniedException")
    assert named[errors.AliasNameTaken] == "AlreadyExistsException"


def test_a_failure_of_the_server_is_one_that_clients_try_again(alice: Person) -> None:
    request = Request("POST", "/", "", {"x-amz-target": "TrentService.ListKeys"})

    response = door.refuse(request, NotSaved())

    assert (response.status, json.loads(response.body)["__type"]) == (503, "DependencyTimeoutException")
    assert ("Retry-After", "2") in response.headers


VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(
        ["alias/x", "arn:aws:kms:a:123456789012:key/x", "AES_256", "RSA_2048", "SYMMETRIC_DEFAULT", "AAAA", "0" * 64]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_field_holds_the_answer_is_no_failure(alice: Person, key: str, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    names = st.sampled_from(operation.__struct_encode_fields__)
    fields = data.draw(st.dictionaries(names, VALUES | st.just(key), max_size=6))
    if data.draw(st.booleans()) and "KeyId" in operation.__struct_encode_fields__:
        fields["KeyId"] = key

    answer = raw(alice, f"TrentService.{operation.__name__}", json.dumps(fields).encode())

    assert answer.status in {200, 400}, (operation, fields, answer.json)
    assert answer.status == 200 or re.fullmatch(r"[A-Za-z]+Exception", answer.json["__type"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changed=st.dictionaries(
        st.sampled_from(["authorization", "x-amz-date", "host", "x-amz-security-token"]),
        st.text(st.characters(max_codepoint=255), max_size=99),
    )
)
def test_whatever_a_header_holds_a_stranger_stays_one(alice: Person, changed: dict[str, str]) -> None:
    headers = sigv4_headers(alice.ak, "another", b"{}", x_amz_target="TrentService.ListKeys") | changed

    assert send("POST", "/", b"{}", headers).status == 400


@pytest.mark.without_database
def test_a_browser_that_wants_the_root_gets_its_page() -> None:
    assert door.dialect_of("GET", "/", {"accept": "text/html"}) is None
    assert door.dialect_of("POST", "/", {"x-amz-target": ""}) is AWS
    assert door.dialect_of("POST", "/console/", {"x-amz-target": "TrentService.ListKeys"}) is None
