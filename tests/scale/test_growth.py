"""What keeps the list as quick with many keys as with few: it is read from an index, in order."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.access.caller import Caller
from console.models import Account
from keys import operations


def plan_of(caller: Caller, **options: str) -> str:
    """How SQLite reads the page of keys."""
    with CaptureQueriesContext(connection) as captured:
        operations.list_keys(caller, **options)  # type: ignore[arg-type]
    query = next(one["sql"] for one in captured if 'FROM "keys_key"' in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        return " / ".join(row[3] for row in cursor.fetchall())


def test_a_page_of_keys_comes_from_the_index_without_sorting(caller: Caller) -> None:
    Account.objects.filter(pk=caller.account.pk).update(key_quota=30)
    caller.account.refresh_from_db()
    for number in range(30):
        operations.create_key(caller, alias=f"k{number}")
    first = operations.list_keys(caller, size=10)
    second = operations.list_keys(caller, size=10, after=first.after)

    for plan in (plan_of(caller), plan_of(caller, after=first.after), plan_of(caller, before=second.before)):
        assert "keys_newest_first" in plan
        assert "TEMP B-TREE" not in plan
