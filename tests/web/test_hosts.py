"""A name that the server does not have is refused, and nothing of it comes back; what strangers say fills no log."""

import json
import logging

import pytest

from console.logs import LINES_A_MINUTE, FewOfStrangers
from tests.support.servers import Server
from tests.support.sockets import exchange

EVIL = "evil.example"


def ask(server: Server, target: str, *lines: str) -> bytes:
    """The whole answer to a page's request with these lines in its head."""
    head = "\r\n".join([f"GET {target} HTTP/1.1", *lines, "Accept: text/html", "Connection: close"])
    return exchange(server, f"{head}\r\n\r\n".encode())


@pytest.mark.without_database
@pytest.mark.parametrize(
    "host",
    [EVIL, f"localhost.{EVIL}", f"localhost@{EVIL}", f"localhost:80@{EVIL}", f"{EVIL}#localhost", f"{EVIL}/localhost",
     f"localhost,{EVIL}", f"localhost\r\nHost: {EVIL}", f"localhost:evil{EVIL}", "[::1", "a b", "\xe9vil.example"],
)  # fmt: skip
def test_a_name_that_is_not_the_servers_is_refused(server: Server, host: str) -> None:
    answer = ask(server, "/sign-in", f"Host: {host}")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert EVIL.encode() not in answer


@pytest.mark.without_database
@pytest.mark.parametrize(
    "lines",
    [
        [f"X-Forwarded-Host: {EVIL}"],
        [f"X-Host: {EVIL}", f"X-Forwarded-Server: {EVIL}", f"X-Original-URL: //{EVIL}/", f"X-Rewrite-URL: //{EVIL}/"],
        [f"Forwarded: host={EVIL};proto=https"],
        [f"X-Forwarded-Proto: https://{EVIL}", "X-Forwarded-Port: 1"],
    ],
)
def test_what_else_names_a_server_counts_for_nothing(server: Server, lines: list[str]) -> None:
    for target in ("/", "/sign-in", "/admin/", "/nothing"):
        answer = ask(server, target, "Host: localhost", *lines)

        assert EVIL.encode() not in answer
        assert b"https://" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.without_database
@pytest.mark.parametrize("target", [f"http://{EVIL}/sign-in", f"http://{EVIL}:80/", f"http://localhost@{EVIL}/"])
def test_a_target_with_another_server_in_it_is_a_path_here(server: Server, target: str) -> None:
    answer = ask(server, target, "Host: localhost")

    assert answer[9:12] in {b"200", b"302"}
    assert EVIL.encode() not in answer


@pytest.mark.without_database
def test_without_any_name_nothing_leads_away(server: Server) -> None:
    answer = exchange(server, b"GET / HTTP/1.0\r\nAccept: text/html\r\n\r\n")

    assert b"\r\nLocation: /sign-in" in answer


def test_the_api_does_not_care_how_it_is_called(server: Server) -> None:
    answer = ask(server, "/v1.0", f"Host: {EVIL}")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert EVIL.encode() not in answer


# The log


def records(number: int, name: str, level: int) -> list[logging.LogRecord]:
    return [logging.LogRecord(name, level, "", 0, "Not Found: /x", (), None) for _ in range(number)]


@pytest.mark.parametrize(
    ("name", "level"),
    [("django.request", logging.WARNING), ("django.security.DisallowedHost", logging.ERROR),
     ("django.security.csrf", logging.WARNING)],
)  # fmt: skip
def test_what_strangers_cause_fills_no_log(name: str, level: int) -> None:
    few = FewOfStrangers()

    logged = [one for one in records(1000, name, level) if few.filter(one)]

    assert LINES_A_MINUTE <= len(logged) <= 2 * LINES_A_MINUTE  # a minute may have begun meanwhile
    assert all(one.levelno == logging.WARNING and one.exc_info is None for one in logged)


def test_failures_of_the_server_itself_are_all_logged() -> None:
    few = FewOfStrangers()

    assert all(few.filter(one) for one in records(1000, "django.request", logging.ERROR))
    assert all(few.filter(one) for one in records(1000, "console.access.trail", logging.WARNING))


@pytest.mark.without_database
def test_a_wrong_name_has_one_short_line(server: Server) -> None:
    before = len(server.log())
    ask(server, "/sign-in", "Host: once.evil.example")

    lines = [json.loads(line) for line in server.log()[before:].splitlines() if "once.evil.example" in line]
    assert len(lines) == 1
    assert lines[0]["level"] == "WARNING"
    assert "exc_info" not in lines[0]
