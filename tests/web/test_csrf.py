"""No other site acts in a visitor's name: not by a form, not by a link, not by the cookie on a call of the API."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tests.support.estate import ENDS_SESSION, Estate, addresses
from tests.support.wire import send
from tests.web.conftest import everything

Walk = Callable[..., Iterator[tuple[str, str, Client]]]
# What looking around may change: where one was last, when the session ends, and that refusals are traced.
NOTED = ("console.Session", "console.Trace", "console.TraceStream", "console.CallCount")
FIELDS = {"text": "forged", "name": "forged", "alias": "forged", "key_spec": "AES_256", "login": "forged", "to": "on"}


def checking(client: Client) -> Client:
    """The same visitor, whose browser shows the session's cookie, and no token."""
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = client.cookies
    return checked


def test_nothing_that_is_posted_without_the_sessions_token_is_done(walk: Walk, estate: Estate) -> None:
    all_of_them = [*walk(), *ends_of_session(estate)]
    before, done = everything(without=("console.Session",)), []

    for route, at, client in all_of_them:
        answer = checking(client).post(at, FIELDS, headers={"HX-Request": "true"})
        if (answer.status_code, "This page is out of date" in answer.text) != (403, True):
            done.append((route, answer.status_code))

    assert done == []
    assert everything(without=("console.Session",)) == before


def ends_of_session(estate: Estate) -> list[tuple[str, str, Client]]:
    """The addresses that sign out."""
    own = [one for one, _names in addresses() if ENDS_SESSION.search(one)]
    return [(one, estate.address(one), estate.person.client()) for one in own]


def test_nobody_is_signed_in_by_another_site(estate: Estate) -> None:
    person, client = estate.person, Client(enforce_csrf_checks=True)

    fields = {"account": "northwind", "user": "northwind", "password": person.password}
    answer = client.post("/sign-in", fields)

    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_the_token_does_not_help_a_page_of_another_site(estate: Estate, origin: str) -> None:
    client = checking(estate.person.client())
    at = estate.address("console/<str:project_id>/kms/keys/<uuid:key_id>/description")
    client.get(at)
    token = client.cookies["csrf"].value
    headers = {"HX-Request": "true", "X-CSRFToken": token}

    assert client.post(at, FIELDS, headers={**headers, "Origin": origin}).status_code == 403
    assert client.post(at, FIELDS, headers={**headers, "Origin": "http://testserver"}).status_code in {200, 302}
    estate.key.refresh_from_db()
    assert estate.key.description == "forged"


def test_no_link_changes_anything(walk: Walk) -> None:
    before = everything(without=(*NOTED, "console.User"))

    for _route, at, client in walk():
        client.get(at, FIELDS | {"key": "forged"})

    assert everything(without=(*NOTED, "console.User")) == before


def test_the_cookie_of_a_session_calls_no_api(estate: Estate) -> None:
    person = estate.person
    cookie = f"session={person.client().cookies['session'].value}"

    answer = send("POST", f"/v1.0/{person.project.pk}/kms/list-keys", b"{}", {"cookie": cookie})

    assert (answer.status, answer.code) == (401, "APIGW.0301")

    answer = send("POST", "/", b"{}", {"cookie": cookie, "x-amz-target": "TrentService.ListKeys"})

    assert (answer.status, answer.json["__type"]) == (400, "MissingAuthenticationTokenException")
