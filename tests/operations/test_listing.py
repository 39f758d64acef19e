"""Pages of keys."""

import pytest

from console.access.caller import Caller
from console.models import Account
from keys import errors, operations
from tests.support.people import Person


def aliases(caller: Caller, **options: str | int) -> list[str]:
    return [key.alias for key in operations.list_keys(caller, **options).keys]  # type: ignore[arg-type]


@pytest.fixture
def caller_with_25_keys(caller: Caller) -> Caller:
    Account.objects.filter(pk=caller.account.pk).update(key_quota=50)
    caller.account.refresh_from_db()
    for number in range(25):
        operations.create_key(caller, alias=f"k{number}")
    return caller


def test_keys_come_newest_first_page_by_page_and_back(caller_with_25_keys: Caller) -> None:
    caller = caller_with_25_keys
    first = operations.list_keys(caller, size=10)
    second = operations.list_keys(caller, size=10, after=first.after)
    third = operations.list_keys(caller, size=10, after=second.after)
    back = operations.list_keys(caller, size=10, before=third.before)

    seen = [key.alias for page in (first, second, third) for key in page.keys]
    assert seen == [f"k{number}" for number in reversed(range(25))]
    assert first.before == third.after == ""
    assert [key.alias for key in back.keys] == [key.alias for key in second.keys]


def test_a_key_made_meanwhile_repeats_nothing(caller_with_25_keys: Caller) -> None:
    first = operations.list_keys(caller_with_25_keys, size=10)
    operations.create_key(caller_with_25_keys, alias="meanwhile")

    assert aliases(caller_with_25_keys, size=10, after=first.after)[0] == "k14"


@pytest.mark.parametrize("cursor", ["x", "2026_x", "'; DROP TABLE", "9" * 999])
def test_an_unreadable_cursor_means_the_first_page(caller: Caller, cursor: str) -> None:
    operations.create_key(caller, alias="one")

    assert aliases(caller, after=cursor) == aliases(caller, before=cursor) == ["one"]


def test_a_list_shows_its_own_project_only(alice: Person, neighbour: Caller) -> None:
    operations.create_key(alice.caller_in("eu-west-101"), alias="there")
    operations.create_key(neighbour, alias="theirs")

    assert aliases(alice.caller) == []


def test_who_may_not_list_is_refused(bob: Person) -> None:
    with pytest.raises(errors.NotPermitted, match="kms:cmk:list"):
        operations.list_keys(bob.caller)
