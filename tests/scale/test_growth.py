"""What keeps the list as quick with many keys as with few: it is read from an index, in order."""

from console.access.caller import Caller
from console.models import Account
from keys import operations
from tests.support.plans import plan_of, sorts, statements


def plan_of_page(caller: Caller, **options: str) -> list[str]:
    """How the page of keys is read."""
    with statements() as asked:
        operations.list_keys(caller, **options)  # type: ignore[arg-type]
    return plan_of(next(one for one in asked if 'FROM "keys_key"' in one))


def test_a_page_of_keys_comes_from_the_index_without_sorting(caller: Caller) -> None:
    Account.objects.filter(pk=caller.account.pk).update(key_quota=30)
    caller.account.refresh_from_db()
    for number in range(30):
        operations.create_key(caller, alias=f"k{number}")
    first = operations.list_keys(caller, size=10)
    second = operations.list_keys(caller, size=10, after=first.after)

    for plan in (
        plan_of_page(caller),
        plan_of_page(caller, after=first.after),
        plan_of_page(caller, before=second.before),
    ):
        assert any("keys_newest_first" in step for step in plan), plan
        assert not sorts(plan), plan
