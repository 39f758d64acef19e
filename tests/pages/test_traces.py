"""The page of traces: sentences first, filters in the address, and nobody else's."""

from html import unescape

import pytest
from django.test import Client

from console.api.routes import registered
from console.models import Trace
from keys import operations
from keys.calls import Call
from keys.models import Key
from keys.sentences import SENTENCES
from tests.support.people import Person

# Their lists are always empty here; the trace says which call it was.
OF_THE_CLOUD_ALONE = {Call.LIST_ACCESS_POINTS, Call.LIST_KEY_POLICIES, Call.LIST_KEY_STORES, Call.LIST_SUPPORT_REGIONS}


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def owner(alice: Person) -> Client:
    return alice.client()


def shown(client: Client, person: Person, page: str = "traces", **asked: str) -> str:
    answer = client.get(f"/console/{person.project.pk}/{page}", asked)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_a_trace_is_told_as_a_sentence(owner: Client, alice: Person, key: Key) -> None:
    operations.disable_key(alice.caller, key.pk)

    page = shown(owner, alice)

    assert f"{alice.user.login} created key orders" in page
    assert f"{alice.user.login} disabled key orders" in page
    assert page.index("disabled key orders") < page.index("created key orders")


def test_what_was_refused_says_so(alice: Person, bob: Person, owner: Client, key: Key) -> None:
    bob.client().get(f"/console/{alice.project.pk}/kms/keys/{key.pk}")

    page = shown(owner, alice, result="warning")

    assert "bob was refused describeKey on orders" in page
    assert "created key orders" not in page


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"user": "northwind"}, True),
        ({"user": "nobody"}, False),
        ({"resource": "orders"}, True),
        ({"resource": "another"}, False),
        ({"operation": "createKey"}, True),
        ({"operation": "disableKey"}, False),
        ({"result": "normal"}, True),
        ({"result": "incident"}, False),
        ({"span": "1"}, True),
        ({"span": "all"}, True),
        ({"span": "nonsense", "result": "nonsense"}, True),
        ({"request": "f" * 32}, False),
    ],
)
def test_the_filter_stands_in_the_address(
    owner: Client, alice: Person, key: Key, asked: dict[str, str], is_found: bool
) -> None:
    assert ("created key orders" in shown(owner, alice, **asked)) is is_found


def test_a_trace_is_found_by_its_request_and_by_the_keys_id(owner: Client, alice: Person, key: Key) -> None:
    trace = Trace.objects.get(name="createKey")

    assert "created key orders" in shown(owner, alice, request=trace.request_id)
    assert "created key orders" in shown(owner, alice, resource=str(key.pk))


def test_a_keys_own_tab_shows_its_traces_alone(owner: Client, alice: Person, key: Key) -> None:
    operations.create_key(alice.caller, alias="invoices")

    page = shown(owner, alice, f"kms/keys/{key.pk}/traces")

    assert "created key orders" in page
    assert "created key invoices" not in page


def test_pages_of_traces_follow_each_other_without_a_gap(owner: Client, alice: Person, key: Key) -> None:
    for number in range(60):
        operations.update_description(alice.caller, key.pk, f"number {number}")

    first = shown(owner, alice, span="all")
    marker = first.partition("after=")[2].partition('"')[0].partition("&")[0]
    second = shown(owner, alice, span="all", after=marker)

    ids = [{part.split('"')[0] for part in page.split('"trace_id": "')[1:]} for page in (first, second)]
    assert len(ids[0]) == 50
    assert ids[0].isdisjoint(ids[1])
    assert "created key orders" in second


def test_whoever_may_not_read_traces_is_told_who_may(alice: Person, bob: Person, key: Key) -> None:
    answer = bob.client().get(f"/console/{alice.project.pk}/traces")

    assert answer.status_code == 403
    assert b"kms:trace:list" in answer.content


def test_a_neighbours_traces_are_not_shown(alice: Person, charlie: Person, key: Key) -> None:
    assert "orders" not in shown(charlie.client(), charlie, span="all")


def test_every_offered_call_has_a_sentence() -> None:
    offered = {route.action for route in registered() if route.is_offered}
    without = {call for call in Call if call.action in offered and call.trace not in SENTENCES}

    assert without == OF_THE_CLOUD_ALONE
