"""Nothing that a client sends leads elsewhere, or ends a header and begins another."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.test import Client

from tests.support.estate import Estate, addresses
from tests.support.people import Person
from tests.support.wire import call, send

HERE = "http://testserver/"
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "//evil.example\\@testserver",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "http://evil.example#testserver",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil。example",
]
BROKEN = ["/\r\nSet-Cookie: forged=1", "/\nSet-Cookie: forged=1", "/\r\n\r\n<script>", "/%0d%0aSet-Cookie:%20forged=1"]
LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh")


def where(address: str) -> str:
    """The host that a browser would go to: it drops tabs and line breaks, and takes a backslash for a slash."""
    seen = "".join(one for one in address.strip() if one not in "\t\r\n").replace("\\", "/")
    scheme, _colon, rest = seen.partition(":")
    if scheme in {"http", "https"} and not rest.startswith("//"):
        return "elsewhere"
    split = urlsplit(urljoin(HERE, seen if not seen.startswith("///") else f"//{seen.lstrip('/')}"))
    return split.hostname or split.scheme


def leads_to(answer: Any) -> set[str]:
    """The hosts that an answer leads to by itself."""
    return {where(answer[name]) for name in LEADING if answer.has_header(name)}


def test_a_browsers_reading_of_an_address_is_known() -> None:
    assert {where(one) for one in ELSEWHERE} & {"testserver"} == set()
    assert {where(one) for one in ("/", "/console", HERE, "?next=//evil.example")} == {"testserver"}


def answers_that_lead(person: Person, address: str) -> list[Any]:
    """What everything answers that leads to an address, the last one to a right password."""
    client, stranger = person.client(), Client()
    sign_in = {"account": "northwind", "user": "northwind", "password": person.password, "next": address}
    place = f"/console/{person.project.pk}"
    form = {"description": "x", "next": address, "kept": f"next={quote(address)}"}
    from_there = {"HX-Request": "true", "HX-Current-URL": address.strip()}
    return [
        client.get("/sign-in", {"next": address}),
        stranger.get("/admin/login/", {"next": address}),
        client.post("/preferences", {"theme": "dark", "language": "en", "next": address}),
        client.get(f"{place}/kms/keys", {"by": f"words={address}", "next": address}),
        client.get(f"{place}/kms/keys", {"by": "words=x", address: address}),
        client.post(f"{place}/projects/{person.project.pk}", form),
        client.post(f"{place}/projects/{person.project.pk}", form, headers=from_there),
        stranger.post(f"{place}/projects/{person.project.pk}", form, headers=from_there),
        Client(enforce_csrf_checks=True).post("/preferences", {"next": address}),
        stranger.post("/sign-in", sign_in),
    ]


def test_nobody_is_led_elsewhere_and_no_address_ends_a_header(alice: Person) -> None:
    led = []
    for address in (*ELSEWHERE, *BROKEN):
        *others, signed_in = answers_that_lead(alice, address)
        led += [] if signed_in.status_code == 302 else [(address, "not signed in")]
        for answer in (*others, signed_in):
            led += [(address, host) for host in leads_to(answer) - {"testserver"}]
            led += [(address, name) for name, value in answer.headers.items() if "\n" in value or "\r" in value]
            led += [(address, "a cookie")] if "forged" in answer.cookies else []

    assert led == []


def test_the_menu_of_projects_leads_to_pages_of_this_server(alice: Person) -> None:
    client, led = alice.client(), set()
    for address in ELSEWHERE:
        page = client.get(f"/console/{alice.project.pk}/places", {"at": address, "q": ""}).text
        led |= {where(unescape(one)) for one in re.findall(r'href="([^"]*)"', page)}

    assert led == {"testserver"}


def answers_to_broken_names(estate: Estate) -> Iterator[Any]:
    """What a name with the end of a line in it gets, in every place of every address."""
    client = estate.person.client()
    for route, names in addresses():
        if route.startswith("admin/"):
            continue
        for name in names:
            if name != "key_id":
                broken = estate.ids | estate.better_ids(route) | {name: "x%0d%0aSet-Cookie:%20forged=1"}
                at = "/" + route.replace("<int:role_id>", "<str:role_id>")
                for argument, value in broken.items():
                    at = at.replace(f"<str:{argument}>", value).replace(f"<uuid:{argument}>", value)
                yield client.get(at)
                yield client.post(at)


def test_no_name_in_an_address_ends_a_header(estate: Estate) -> None:
    statuses = set()
    for answer in answers_to_broken_names(estate):
        statuses.add(answer.status_code)
        assert "forged" not in answer.cookies
        assert all(one not in value for value in answer.headers.values() for one in "\r\n")

    assert max(statuses) < 500


def test_no_file_is_named_by_a_client(estate: Estate) -> None:
    client, named = estate.person.client(), []
    for route, _names in addresses():
        if route.startswith("console/"):
            answer = client.get(estate.address(route), {"name": 'x"; filename="evil.html', "format": "html"})
            named += [answer["Content-Disposition"]] if answer.has_header("Content-Disposition") else []

    assert len(named) == 6
    assert all(one.startswith("attachment; filename=") and "evil" not in one for one in named)


def test_a_requests_id_is_made_here(alice: Person) -> None:
    theirs = {"x-request-id": "forged"}
    page = alice.client().get("/session", headers=theirs)
    answer = call(alice, "GET", "/v1.0", x_request_id="forged")
    refused = send("POST", f"/v1.0/{alice.project.pk}/kms/list-keys", b"{}", theirs)

    assert "forged" not in {page["X-Request-Id"], answer.headers["x-request-id"], refused.headers["x-request-id"]}
