"""An account with one of everything, its owner, and an administrator of the server: who sees every page there is."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from console.operations.accounts import create_account
from tests.support.estate import ENDS_SESSION, Estate, addresses
from tests.support.people import Person

Snapshot = dict[str, list[dict[str, Any]]]


@pytest.fixture
def estate(alice: Person) -> Estate:
    return Estate.of(alice)


@pytest.fixture
def administrator(db: None) -> Client:
    """A browser of the server's administrator."""
    client = Client()
    client.force_login(create_account(None, name="admin", is_superuser=True).user)
    return client


@pytest.fixture
def walk(estate: Estate, administrator: Client) -> Callable[..., Iterator[tuple[str, str, Client]]]:
    """Every address that doesn't end the session: its pattern, itself, and a browser of who may open it."""
    owner = estate.person.client()

    def all_addresses(among: str = "") -> Iterator[tuple[str, str, Client]]:
        asked = [route for route, _names in addresses() if not ENDS_SESSION.search(route) and among in route]
        # All at once, before the first is opened: it may delete what the last one is about.
        for route, at in [(one, estate.address(one)) for one in asked]:
            yield route, at, administrator if route.startswith("admin/") else owner

    return all_addresses


def everything(*, without: tuple[str, ...] = ()) -> Snapshot:
    """All rows of all tables, but for these."""
    own = [one for one in apps.get_models() if one._meta.label not in without]
    return {one._meta.label: list(one._default_manager.order_by("pk").values()) for one in own}
