"""A neighbour's ids lead nowhere, on every address of the server. New addresses join by themselves."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from console.models import Account, Trace, User
from keys import operations
from keys.models import Key, TaggedKey
from keys.operations.tags import TagPair
from tests.support.people import Person

# Addresses of Django's admin are for superusers of the server, who see every account: tests/pages/test_admin*.
LEFT_OUT = ("admin/",)


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every address that takes arguments: (its pattern, the names of the arguments)."""
    for one in (resolver or get_resolver()).url_patterns:
        route = f"{prefix}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from addresses(one, route)
        elif isinstance(one, URLPattern) and "<" in route and not route.startswith(LEFT_OUT):
            yield route, tuple(part.partition(">")[0].rpartition(":")[2] for part in route.split("<")[1:])


def filled(route: str, ids: dict[str, str]) -> str:
    """The address with ids for its arguments; an argument that this test does not know fails it."""
    address = route
    for part in route.split("<")[1:]:
        argument = part.partition(">")[0]
        address = address.replace(f"<{argument}>", ids[argument.rpartition(":")[2]])
    return f"/{address}"


@pytest.fixture
def victim(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders", description="secret", tags=[TagPair("env", "prod")])


OTHERS = {"act": "disable", "grant_id": "0" * 64, "name": "x", "user_id": "0" * 32, "flag": "is_active", "role_id": "1"}
OTHERS |= {"identity_id": "1", "token_id": "0" * 64, "mount_id": "1", "number": "1"}
OTHERS |= {"eps_id": "x", "other_id": "0" * 32, "passkey_id": "1", "request_id": "0" * 32}


def wire(person: Person) -> dict[str, str]:
    """The arguments of the wire's addresses, which a session never opens, and of pages without a thing of their own."""
    return {"project": person.project.pk, "verb": "describe-key", "ak": person.ak or "AK"} | OTHERS


def state() -> Any:
    """All that a neighbour must not change."""
    return (
        list(Key.objects.order_by("pk").values()),
        list(TaggedKey.objects.order_by("pk").values()),
        list(Account.objects.order_by("pk").values()),
        list(User.objects.order_by("pk").values("pk", "password", "login")),
    )


FIELDS = {"text": "stolen", "alias": "stolen", "key_spec": "AES_256", "tag_key": "env", "tag_value": "stolen"}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("route", "names"), list(addresses()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_neighbours_project_is_not_found(
    route: str, names: tuple[str, ...], method: str, victim: Key, alice: Person, charlie: Person
) -> None:
    ids = {"project_id": alice.project.pk, "key_id": str(victim.pk), **wire(alice)}
    client, before = charlie.client(), state()

    answer = getattr(client, method)(filled(route, ids), FIELDS)

    assert answer.status_code == (401 if "verb" in names else 404)
    assert b"orders" not in answer.content
    assert state() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("route", "names"),
    [one for one in addresses() if "key_id" in one[1]],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_neighbours_key_is_not_found_in_ones_own_project(
    route: str, names: tuple[str, ...], method: str, victim: Key, charlie: Person
) -> None:
    ids = {"project_id": charlie.project.pk, "key_id": str(victim.pk), **OTHERS}
    client = charlie.client()
    client.get(filled("console/<str:project_id>/kms/keys", ids))
    before = state()

    answer = getattr(client, method)(filled(route, ids), FIELDS)

    assert answer.status_code in {404, 405}
    assert b"orders" not in answer.content
    assert state() == before


def test_the_refusal_is_traced_in_the_neighbours_own_account(victim: Key, charlie: Person) -> None:
    charlie.client().get(f"/console/{charlie.project.pk}/kms/keys/{victim.pk}")

    assert Trace.objects.get(name="describeKey").account_id == charlie.account.pk


@pytest.mark.parametrize(
    ("route", "names"), list(addresses()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_without_signing_in_nothing_shows(
    route: str, names: tuple[str, ...], victim: Key, alice: Person, client: Any
) -> None:
    address = filled(route, {"project_id": alice.project.pk, "key_id": str(victim.pk), **wire(alice)})

    answer = client.get(address)

    assert answer.status_code in {204, 302, 401}
    assert answer.status_code != 302 or answer["Location"].startswith("/sign-in?next=")
