"""One request is never taken for two, nor a part of one for what a proxy has checked; what is sent is bounded."""

import json
import time

import pytest

from tests.support.servers import Server, plain_http
from tests.support.sockets import exchange

pytestmark = pytest.mark.without_database
POST = b"POST /v1.0 HTTP/1.1\r\nHost: x\r\n"
HIDDEN = b"GET /v1.0/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

REFUSED = {
    "length and chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + HIDDEN,
    "the same length twice": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 0, 0\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length by sixteens": POST + b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "no length": POST + b"Content-Length: \r\n\r\n" + HIDDEN,
    "a space before the colon": POST + b"Content-Length : 0\r\n\r\n" + HIDDEN,
    "another encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "no encoding": POST + b"Transfer-Encoding: identity\r\n\r\n" + HIDDEN,
    "chunks that are not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two encodings": POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a control character": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a folded line": POST + b"X: a\r\n Content-Length: 5\r\n\r\n" + HIDDEN,
    "a folded encoding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a line feed alone": POST + b"X: a\nContent-Length: 44\r\n\r\n" + HIDDEN,
    "line feeds alone": b"GET /v1.0 HTTP/1.1\nHost: x\n\n" + HIDDEN,
    "a return alone": POST + b"X: a\rContent-Length: 44\r\n\r\n" + HIDDEN,
    "a NUL": POST + b"X: a\0b\r\n\r\n" + HIDDEN,
    "a chunk below nothing": POST + CHUNKED + b"\r\n-1\r\nx\r\n0\r\n\r\n" + HIDDEN,
    "a chunk by sixteens": POST + CHUNKED + b"\r\n0x0\r\n\r\n" + HIDDEN,
    "a chunk beyond all numbers": POST + CHUNKED + b"\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n" + HIDDEN,
    "a chunk longer than it says": POST + CHUNKED + b"\r\n1\r\nxx\r\n0\r\n\r\n" + HIDDEN,
    "a line feed in a chunk's extension": POST + CHUNKED + b"\r\n0;a\nb\r\n\r\n" + HIDDEN,
    "another version": b"GET /v1.0 HTTP/1.2\r\nHost: x\r\n\r\n" + HIDDEN,
    "a space before the first name": b"GET /v1.0 HTTP/1.1\r\n Host: x\r\n\r\n" + HIDDEN,
    "a name beyond ASCII": POST + "Content-Lenġth: 5\r\n\r\n".encode() + HIDDEN,
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_two_servers_could_read_in_two_ways_is_refused(server: Server, sent: bytes) -> None:
    answer = exchange(server, sent)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"hidden" not in answer


def test_what_follows_the_last_of_an_old_connection_is_no_request(server: Server) -> None:
    old = POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN

    assert exchange(server, old).count(b"HTTP/1.1 ") == 1


def test_what_stands_behind_a_body_is_no_header(server: Server) -> None:
    """A proxy checks and sets the head alone: who could add to it behind the body would be another to us than to it."""
    account = server.create_account("behind")
    user = {"name": "behind", "password": account["user"]["password"], "domain": {"name": "behind"}}
    identity = {"methods": ["password"], "password": {"user": user}}
    project = account["projects"][0]["id"]
    asked = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    token = plain_http.post(f"{server.url}/v3/auth/tokens", json=asked).headers["X-Subject-Token"].encode()
    head = f"POST /v1.0/{project}/kms/list-keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    body = b"2\r\n{}\r\n0\r\n"

    closes, proof = b"Connection: close\r\n", b"X-Auth-Token: " + token + b"\r\n"
    shown = exchange(server, head + CHUNKED + closes + proof + b"\r\n" + body + b"\r\n")
    hidden = exchange(server, head + CHUNKED + closes + b"\r\n" + body + proof + b"\r\n")

    assert shown.startswith(b"HTTP/1.1 200 ")
    assert hidden.startswith(b"HTTP/1.1 401 ")
    assert json.loads(hidden.partition(b"\r\n\r\n")[2])["error_code"] == "APIGW.0301"


# Bounds; a slow client's are in tests/api/test_slow_clients.py, a head's and a call's in test_connection and test_door


def test_many_lines_behind_a_body_take_no_memory_and_little_time(server: Server) -> None:
    begun = time.monotonic()

    answer = exchange(
        server, POST + CHUNKED + b"Connection: close\r\n\r\n0\r\n" + b"X-Behind: a\r\n" * 200_000 + b"\r\n"
    )

    assert answer.startswith((b"HTTP/1.1 405 ", b"HTTP/1.1 401 "))
    assert time.monotonic() - begun < 10


def test_any_number_of_offers_of_another_protocol_is_answered_in_this_one(server: Server) -> None:
    offer = b"GET /v1.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

    answer = exchange(server, offer * 2_500)

    assert answer.count(b"HTTP/1.1 200 OK") == 2_500
    assert "RecursionError" not in server.log()


def test_a_form_of_more_than_a_mebibyte_is_refused(server: Server) -> None:
    answer = plain_http.post(f"{server.url}/sign-in", content=b"x" * (1024 * 1024 + 1), headers={"Host": "localhost"})

    assert answer.status_code == 413


def test_a_form_of_more_than_a_thousand_fields_is_refused(server: Server) -> None:
    fields = "&".join(f"f{number}=x" for number in range(1100))
    headers = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}

    assert plain_http.post(f"{server.url}/sign-in", content=fields, headers=headers).status_code == 400
