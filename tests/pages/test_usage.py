"""Usage and Home: every number computed from the counters of calls, and what needs attention."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from console.charts import axis, bars
from console.models import Account, CallCount
from console.operations.usage import month_of, next_month
from keys import operations
from keys.models import Key
from keys.operations.usage import usage_of
from tests.support.people import Person


def count(
    person: Person, day: date, calls: int, *, refused: int = 0, operation: str = "encryptData", key: str = ""
) -> None:
    CallCount.objects.create(
        account_id=person.account.pk,
        day=day,
        operation=operation,
        resource_id=key,
        user_name=person.user.username,
        calls=calls,
        refused=refused,
    )


def at(person: Person, address: str) -> str:
    return f"/console/{person.project.pk}/kms/{address}"


def shown(person: Person, address: str, **query: str) -> str:
    answer = person.client().get(at(person, address), query)
    assert answer.status_code == 200
    return answer.content.decode()


THIS_MONTH = month_of(timezone.now().date())
LAST_MONTH = month_of(THIS_MONTH - timedelta(days=1))


def test_a_month_is_summed_by_day_operation_and_key(alice: Person, charlie: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    count(alice, THIS_MONTH, 30, refused=2, key=str(key.pk))
    count(alice, THIS_MONTH, 5, operation="genRandom")
    count(alice, LAST_MONTH, 7, key=str(key.pk))
    count(charlie, THIS_MONTH, 99)

    found = usage_of(alice.caller, THIS_MONTH)

    assert (found.calls, found.billable, found.free_left, found.before) == (35, 0, 19_965, 7)
    assert found.days[0] == (THIS_MONTH, 35, 2)
    assert len(found.days) == (next_month(THIS_MONTH) - THIS_MONTH).days
    assert [(one.name, one.calls) for one in found.operations] == [("encryptData", 30), ("genRandom", 5)]
    assert [(one.name, one.calls, one.refused) for one in found.keys] == [(str(key.pk), 30, 2)]


def test_what_goes_beyond_the_free_calls_is_billable(alice: Person) -> None:
    count(alice, THIS_MONTH, 20_500)

    found = usage_of(alice.caller, THIS_MONTH)

    assert (found.free_left, found.billable) == (0, 500)
    assert found.expected >= 20_500


def test_the_page_shows_the_month_of_its_address(alice: Person) -> None:
    Account.objects.filter(pk=alice.account.pk).update(created_at=timezone.now() - timedelta(days=70))
    key = operations.create_key(alice.caller, alias="orders")
    count(alice, LAST_MONTH, 1_234, key=str(key.pk))
    elsewhere = "00000000-0000-0000-0000-000000000001"
    count(alice, LAST_MONTH, 2, operation="sign", key=elsewhere)

    page = shown(alice, "usage", month=f"{LAST_MONTH:%Y-%m}")

    assert '<p class="figure">1,236</p>' in page
    assert ">orders</a>" in page
    assert elsewhere in page
    assert '<p class="figure">0</p>' in shown(alice, "usage")
    assert page.count("<rect ") == (THIS_MONTH - LAST_MONTH).days


def test_the_counters_are_exported(alice: Person) -> None:
    count(alice, THIS_MONTH, 3, refused=1, operation="sign", key="x")

    (row,) = csv.DictReader(io.StringIO(shown(alice, "usage.csv")))

    assert (row["day"], row["operation"], row["calls"], row["refused"]) == (str(THIS_MONTH), "sign", "3", "1")


def test_without_the_right_usage_is_refused(alice: Person, bob: Person) -> None:
    assert bob.client().get(at(alice, "usage")).status_code == 403
    assert bob.client().get(at(alice, "usage.csv")).status_code == 403


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]), (754, [0, 200, 400, 600, 800]), (9, [0, 5, 10, 15, 20])],
)
def test_the_lines_of_a_chart_are_round_and_reach_its_highest_bar(most: int, ticks: list[int]) -> None:
    assert axis(most) == ticks
    assert max(bar.height for bar in bars([most, 0], width=10, height=100, top=ticks[-1]).bars) <= 100


def test_home_leads_who_has_nothing_yet(alice: Person) -> None:
    page = shown(alice, "home")

    assert "Where to start" in page
    assert at(alice, "keys/create") in page
    assert f"/console/{alice.project.pk}/access-keys" in page


def test_home_is_calm_where_nothing_is_wrong(alice: Person) -> None:
    operations.create_key(alice.caller, alias="orders")

    assert "Nothing needs your attention." in shown(alice, "home")


def test_home_tells_what_needs_attention(alice: Person) -> None:
    names = ("ending", "waiting", "idle", "off", "expiring")
    keys = {
        name: operations.create_key(alice.caller, alias=name, origin="external" if name == "waiting" else "kms")
        for name in names
    }
    operations.schedule_key_deletion(alice.caller, keys["ending"].pk, 7)
    operations.disable_key(alice.caller, keys["off"].pk)
    with pytest.raises(Exception, match="disabled"):
        operations.encrypt_data(replace(alice.caller, by_api=True), key_id=keys["off"].pk, plaintext=b"x")
    Key.objects.filter(pk=keys["idle"].pk).update(unused_since=timezone.now().date() - timedelta(days=91))
    Key.objects.filter(pk=keys["expiring"].pk).update(material_expires_at=timezone.now() + timedelta(days=5, hours=1))
    Account.objects.filter(pk=alice.account.pk).update(key_quota=5)

    page = shown(alice, "home")

    for heading, alias in (
        ("Pending deletion", "ending"),
        ("Waiting for an import", "waiting"),
        ("Unused for 90 days", "idle"),
        ("Disabled, and called still", "off"),
        ("Material that expires within 30 days", "expiring"),
    ):
        section = page.partition(f">{heading}</h2>")[2].partition("</section>")[0]
        assert f">{alias}</a>" in section, heading
        assert all(f">{other}</a>" not in section for other in names if other != alias), heading
    assert "Quota nearly used" in page
    assert "1 refused call" in page


def test_home_takes_as_many_queries_for_many_keys(alice: Person, django_assert_max_num_queries) -> None:
    for number in range(10):
        operations.create_key(alice.caller, alias=f"k{number}")
    client = alice.client()
    client.get(at(alice, "home"))

    with django_assert_max_num_queries(18):
        client.get(at(alice, "home"))


def test_home_needs_the_right_to_list(alice: Person, bob: Person) -> None:
    assert bob.client().get(at(alice, "home")).status_code == 403
