"""What every answer tells the browser: what it may load, who may frame it, that nothing is stored; whoever asks, and
whatever the answer is."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.support.estate import Estate
from tests.support.servers import Server, plain_http

Walk = Callable[..., Iterator[tuple[str, str, Client]]]
POLICY = {
    "default-src 'none'",
    *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
EXPECTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PUBLIC = {"admin/jsi18n/"}
"""Addresses whose answers may be kept: Django's own words, the same for everybody."""
# What the policy would refuse, so that a page with it would be broken: scripts, styles and handlers within the page.
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\s(style|on[a-z]+)=[\"']|javascript:|data:[a-z]+/|<base\b"
)


def problems(route: str, answer: Any) -> list[str]:
    """What is wrong with an answer's headers, or in its page."""
    wrong = [f"{name}: {answer.get(name)}" for name, value in EXPECTED.items() if answer.get(name) != value]
    if {*answer.get("Content-Security-Policy", "").split("; ")} != POLICY:
        wrong.append("its policy")
    if "no-store" not in answer.get("Cache-Control", "") and route not in PUBLIC:
        wrong.append("it may be stored")
    if not re.fullmatch(r"[0-9a-f]{32}", answer.get("X-Request-Id", "")):
        wrong.append("no id of its own")
    if {"Server", "X-Powered-By"} & {*answer.headers}:
        wrong.append("it tells of the server")
    if "text/html" in answer.get("Content-Type", "") and (found := INLINE.search(answer.text)):
        wrong.append(f"inline: {found[0]}")
    return [f"{route} {answer.status_code}: {one}" for one in wrong]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["pages", "parts"])
def test_every_answer_says_what_browsers_may_do_with_it(walk: Walk, headers: dict[str, str]) -> None:
    found = [one for route, at, client in walk() for one in problems(route, client.get(at, headers=headers))]

    assert found == []


def test_so_does_every_answer_to_what_is_posted(walk: Walk) -> None:
    found = [one for route, at, client in walk() for one in problems(route, client.post(at, {"text": "x"}))]

    assert found == []


def test_so_does_every_answer_to_a_stranger(walk: Walk) -> None:
    stranger = Client()

    found = [one for route, at, _client in walk() for one in problems(route, stranger.get(at))]

    assert found == []


@pytest.mark.parametrize(
    ("status", "address", "headers"),
    [
        (404, "/nothing", {}),
        (404, "/static/nothing.css", {}),
        (400, "/sign-in", {"Host": "evil.example"}),
        (400, "/sign-in", {"Host": "a b"}),
    ],
)
def test_so_does_every_refusal(estate: Estate, status: int, address: str, headers: dict[str, str]) -> None:
    answer = estate.person.client().get(address, headers=headers)

    assert answer.status_code == status
    assert problems(address, answer) == []


def test_so_does_a_page_that_failed(estate: Estate) -> None:
    client = estate.person.client()
    client.raise_request_exception = False
    type(estate.person.user).objects.update(recent_projects=5)

    answer = client.get("/")

    assert answer.status_code == 500
    assert problems("/", answer) == []


@pytest.mark.without_database
def test_files_are_kept_for_ever_and_frame_nothing(server: Server) -> None:
    page = plain_http.get(f"{server.url}/sign-in").text
    (sheet,) = re.findall(r'href="(/static/css/console[^"]*\.css)"', page)

    answer = plain_http.get(f"{server.url}{sheet}")

    assert "immutable" in answer.headers["Cache-Control"]
    assert {*answer.headers["Content-Security-Policy"].split("; ")} == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.without_database
@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/v1.0", "/v1.0/nothing", "/api/openapi.json"])
def test_what_is_no_page_is_not_taken_for_one(server: Server, address: str) -> None:
    answer = plain_http.get(f"{server.url}{address}")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "html" not in answer.headers["Content-Type"]


@pytest.mark.without_database
def test_nor_is_what_clients_of_aws_are_answered(server: Server) -> None:
    answer = plain_http.post(f"{server.url}/", headers={"X-Amz-Target": "TrentService.ListKeys", "Accept": "text/html"})

    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
