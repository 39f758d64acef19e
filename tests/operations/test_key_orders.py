"""The key list in each of its orders: page after page, forwards and back, nothing twice and nothing left out."""

import pytest

from console.access.caller import Caller
from keys import operations
from keys.operations.ordering import NEWEST, ORDERS, Order, order_named
from keys.operations.reading import KeyFilter
from keys.operations.tags import TagPair

ALIASES = ("mango", "Apple", "apple", "zebra", "Mango", "fig", "apple/2")


@pytest.fixture
def keys(caller: Caller) -> None:
    for number, alias in enumerate(ALIASES):
        operations.create_key(caller, alias=alias, tags=[TagPair("env", "prod" if number % 2 else "test")])


EXPECTED = {
    "-created": list(reversed(ALIASES)),
    "created": list(ALIASES),
    "alias": ["Apple", "apple", "apple/2", "fig", "mango", "Mango", "zebra"],
    "-alias": ["zebra", "Mango", "mango", "fig", "apple/2", "apple", "Apple"],
}


def pages(caller: Caller, order: Order, wanted: KeyFilter, *, size: int = 2) -> list[list[str]]:
    """The aliases on each page, found by going forwards; going back must show the same."""
    forwards, after = [], ""
    while True:
        page = operations.list_keys(caller, wanted=wanted, order=order, size=size, after=after)
        forwards.append(page)
        after = page.after
        if not after:
            break
    back = [forwards[-1]]
    while back[-1].before:
        back.append(operations.list_keys(caller, wanted=wanted, order=order, size=size, before=back[-1].before))
    assert [key for page in reversed(back) for key in page.keys] == [key for page in forwards for key in page.keys]
    return [[key.alias for key in page.keys] for page in forwards]


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_pages_follow_each_other_in_every_order(caller: Caller, keys: None, name: str) -> None:
    found = pages(caller, ORDERS[name], KeyFilter())

    assert [alias for page in found for alias in page] == EXPECTED[name]
    assert [len(page) for page in found] == [2, 2, 2, 1]


@pytest.mark.parametrize("tag", ["env", "env=prod", "env=test"])
@pytest.mark.parametrize("name", sorted(ORDERS))
def test_a_tag_narrows_every_order(caller: Caller, keys: None, name: str, tag: str) -> None:
    having = {alias for number, alias in enumerate(ALIASES) if tag == "env" or (number % 2 == 1) == (tag == "env=prod")}

    found = pages(caller, ORDERS[name], KeyFilter(tag=tag))

    assert [alias for page in found for alias in page] == [alias for alias in EXPECTED[name] if alias in having]


@pytest.mark.parametrize("cursor", ["x", "12:apple:", ":", "-1", "1" * 30, "²"])
def test_a_place_that_cant_be_read_means_the_first_page(caller: Caller, keys: None, cursor: str) -> None:
    found = operations.list_keys(caller, size=2, after=cursor)

    assert [key.alias for key in found.keys] == EXPECTED["-created"][:2]


def test_the_place_of_another_order_means_the_first_page(caller: Caller, keys: None) -> None:
    by_alias = operations.list_keys(caller, order=ORDERS["alias"], size=2)

    assert operations.list_keys(caller, size=2, after=by_alias.after).before == ""


def test_a_place_stays_where_its_key_was_renamed(caller: Caller, keys: None) -> None:
    first = operations.list_keys(caller, order=ORDERS["alias"], size=3)
    operations.update_alias(caller, first.keys[-1].pk, "zz")

    following = operations.list_keys(caller, order=ORDERS["alias"], size=3, after=first.after)

    assert [key.alias for key in following.keys] == ["fig", "mango", "Mango"]


def test_an_order_that_is_not_known_is_the_newest_first() -> None:
    assert order_named("size") is NEWEST
