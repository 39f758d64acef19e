"""What the door answers to requests that are none: an error of the contract's form, whatever comes."""

import contextlib
import http.client
import json
import re
import socket
import uuid
from typing import Any

import pytest

from console.models import Trace
from tests.support.people import Person
from tests.support.servers import Server, plain_http
from tests.support.signing import signed_headers
from tests.support.wire import Answer, call, kms, send


def signed(person: Person, body: bytes, *, verb: str = "list-keys", method: str = "POST", **headers: str) -> Answer:
    """A signed request with any bytes as its body."""
    path = f"/v1.0/{person.project.pk}/kms/{verb}"
    return send(method, path, body, signed_headers(person.ak, person.sk, method, path, body, **headers))


def trace_of(answer: Answer) -> Trace:
    return Trace.objects.get(request_id=answer.headers["x-request-id"])


def check_form(answer: Answer, *, flat: bool = False) -> None:
    """The contract's form of errors (section 3), and nothing of the server in it."""
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["content-type"] == "application/json"
    assert 400 <= answer.status < 500
    error = answer.json if flat else answer.json["error"]
    assert {*error} == ({"error_code", "error_msg", "request_id"} if flat else {"error_code", "error_msg"})
    assert b"Traceback" not in answer.body
    assert b"<html" not in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"key_id": "\\ud800"}',
        b"[" * 60_000,
        b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b"{}{}",
    ],
    ids=["cut", "array", "null", "text", "no UTF-8", "half a surrogate", "deep", "deep objects", "two"],
)
def test_what_is_no_json_object_is_refused_and_traced(alice: Person, body: bytes) -> None:
    answer = signed(alice, body, verb="describe-key")

    check_form(answer)
    assert answer.status == 400
    assert answer.code in {"KMS.0202", "KMS.0204", "KMS.0308"}
    trace = trace_of(answer)
    assert (trace.name, trace.status, trace.user_name) == ("describeKey", 400, alice.user.username)


@pytest.mark.parametrize(
    ("verb", "content", "code"),
    [
        ("describe-key", {"key_id": 7}, "KMS.0308"),
        ("describe-key", {"key_id": None}, "KMS.0308"),
        ("describe-key", {"key_id": ["a"]}, "KMS.0308"),
        ("describe-key", {}, "KMS.0204"),
        ("describe-key", {"key_id": "\0"}, "KMS.0205"),
        ("describe-key", {"key_id": "a" * 60_000}, "KMS.0205"),
        ("create-key", {"key_alias": "a\0b"}, "KMS.1101"),
        ("create-key", {"key_alias": "a", "key_description": "\0"}, "KMS.1103"),
        ("list-keys", {"limit": True}, "KMS.0308"),
        ("list-keys", {"limit": 1.5}, "KMS.0308"),
        ("list-keys", {"limit": "9" * 5000}, "KMS.1601"),
        ("list-keys", {"marker": 10**30}, "KMS.1602"),
        ("encrypt-data", {"key_id": str(uuid.uuid4()), "plain_text": "x", "encryption_context": "text"}, "KMS.0208"),
        ("encrypt-data", {"key_id": str(uuid.uuid4()), "plain_text": "x", "encryption_context": {"a": 1}}, "KMS.0208"),
        ("gen-random", {"random_data_length": -8}, "KMS.1801"),
    ],
)
def test_wrong_types_and_values_are_refused_with_their_code(alice: Person, verb: str, content: Any, code: str) -> None:
    answer = kms(alice, verb, content)

    check_form(answer)
    assert (answer.status, answer.code) == (400, code)
    assert trace_of(answer).error_code == code


def test_unknown_fields_and_an_absent_body_are_fine(alice: Person) -> None:
    assert kms(alice, "list-keys", {"sequence": "1" * 36, "colour": ["blue"], "limit": "10"}).status == 200
    assert signed(alice, b"").status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused(alice: Person, kind: str) -> None:
    answer = signed(alice, b"{}", content_type=kind)

    check_form(answer)
    assert answer.code == "KMS.0214"


@pytest.mark.parametrize("kind", ["application/json", "application/json;charset=utf-8", "Application/JSON; x=y"])
def test_json_is_taken_however_it_is_called(alice: Person, kind: str) -> None:
    assert signed(alice, b"{}", content_type=kind).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_refused_and_traced(alice: Person, method: str) -> None:
    answer = signed(alice, b"", method=method)

    check_form(answer)
    assert (answer.status, answer.code) == (405, "KMS.0215")
    assert trace_of(answer).name == "listKeys"


@pytest.mark.parametrize(
    "path", ["/v1.0/x", "/v1.0/{}/kms/no-such-call", "/v1.0/{}/kms", "/v1.0/{}/kms//list-keys", "/v9", "/v3/nothing"]
)
def test_an_unknown_route_has_the_gateways_flat_form(alice: Person, path: str) -> None:
    answer = call(alice, "POST", path.format(alice.project.pk), {})

    check_form(answer, flat=True)
    assert (answer.status, answer.code) == (404, "APIG.0101")


@pytest.mark.parametrize("project", ["0" * 32, "x", "%7Bproject_id%7D", "a'b", "%00", "%C3%A9"])
def test_a_project_that_is_none_of_the_account_is_refused(alice: Person, project: str) -> None:
    answer = call(alice, "POST", f"/v1.0/{project}/kms/list-keys", {})

    check_form(answer)
    assert (answer.status, answer.code) == (403, "KMS.0321")


def test_without_credentials_the_gateway_says_what_is_missing(alice: Person) -> None:
    answer = send("POST", f"/v1.0/{alice.project.pk}/kms/list-keys", b"{}", {})

    check_form(answer, flat=True)
    assert (answer.status, answer.code) == (401, "APIGW.0301")
    assert "x-auth-token not found" in answer.json["error_msg"]
    assert not Trace.objects.filter(request_id=answer.headers["x-request-id"]).exists()


def test_answers_are_private(alice: Person) -> None:
    answer = kms(alice, "list-keys", {})

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


# Bodies that are too large, over a real connection


def raw(server: Server, head: str, body: bytes) -> tuple[int, Any]:
    """Send bytes as they are, and read the answer."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        with contextlib.suppress(OSError):  # the server may hang up before it has all, once it has answered
            connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_64_kib_is_answered_before_the_connection_closes(server: Server, size: int, chunked: bool) -> None:
    head = f"POST /v1.0/{'0' * 32}/kms/list-keys HTTP/1.1\nHost: x\nContent-Type: application/json\n"
    body = b"x" * size
    if chunked:
        head, body = f"{head}Transfer-Encoding: chunked\n", b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
    else:
        head = f"{head}Content-Length: {size}\n"

    status, content = raw(server, head, body)

    assert (status, content["error"]["error_code"]) == (400, "KMS.0203")


def test_a_body_of_64_kib_is_read(server: Server) -> None:
    head = f"POST /v1.0/{'0' * 32}/kms/list-keys HTTP/1.1\nHost: x\nContent-Length: {64 * 1024}\n"

    assert raw(server, head, b"x" * 64 * 1024)[0] == 401


@pytest.mark.parametrize("path", ["/v1.0/", "/v3/", "/v1.0//", "//v1.0"])
def test_nothing_redirects(server: Server, path: str) -> None:
    assert plain_http.get(f"{server.url}{path}").status_code in {200, 401, 404}
