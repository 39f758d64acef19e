"""The key list as a page: its filter stands in the address and stays from page to page; default keys have a tab."""

import csv
import io
from dataclasses import replace

import pytest
from django.test import Client

from keys import operations
from keys.operations.tags import TagPair
from keys.views import export
from tests.support.people import Person


@pytest.fixture
def owner(alice: Person) -> Client:
    for number in range(12):
        operations.create_key(alice.caller, alias=f"orders-{number:02}")
    operations.create_key(alice.caller, alias="ledger", key_spec="EC_P256")
    operations.create_datakey(alice.caller, key_id="obs/default")
    return alice.client()


def shown(client: Client, person: Person, page: str = "keys", **asked: str) -> str:
    answer = client.get(f"/console/{person.project.pk}/kms/{page}", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_filter_narrows_the_list_and_stays_filled_in(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, spec="EC_P256", words="led")

    assert ">ledger<" in page
    assert ">orders-00<" not in page
    assert "Remove filter Key Algorithm EC_P256" in page
    assert 'name="words" type="search" value="led"' in page


def test_a_filter_that_is_added_joins_the_others_in_the_address(owner: Client, alice: Person) -> None:
    address = f"/console/{alice.project.pk}/kms/keys"

    answer = owner.get(address, {"words": "led", "rows": "10", "after": "3", "by": "spec=EC_P256"})

    assert answer.status_code == 302
    assert answer["Location"] == f"{address}?words=led&rows=10&spec=EC_P256"
    assert owner.get(address, {"by": "nonsense=1"}).status_code == 200


def test_the_next_page_keeps_the_filter(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, words="orders", rows="10")

    following = page.partition('href="')[2]
    address = next(one.partition('"')[0] for one in page.split('href="') if "after=" in one.partition('"')[0])
    answer = owner.get(address.replace("&amp;", "&")).content.decode()

    assert following
    assert "words=orders" in address
    assert ">orders-00<" in answer
    assert ">ledger<" not in answer


def test_a_filter_that_nothing_meets_offers_to_be_cleared(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, words="nothing")

    assert "No key meets this filter" in page
    assert "Clear filter" in page


def test_default_keys_are_shown_and_not_acted_on(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, "default-keys")

    assert ">obs/default<" in page
    assert ">ledger<" not in page
    assert "Disable: obs/default" not in page
    assert ">obs/default<" not in shown(owner, alice)


def test_without_default_keys_it_is_said_when_they_come(alice: Person) -> None:
    assert "No default keys yet" in shown(alice.client(), alice, "default-keys")


def test_what_the_filter_finds_is_exported(owner: Client, alice: Person) -> None:
    operations.create_key(alice.caller, alias="-2", description='=HYPERLINK("http://x")', tags=[TagPair("env", "p")])

    whole = list(csv.DictReader(io.StringIO(shown(owner, alice, "keys.csv"))))
    narrowed = list(csv.DictReader(io.StringIO(shown(owner, alice, "keys.csv", spec="EC_P256"))))

    assert len(whole) == 14
    assert [one["alias"] for one in narrowed] == ["ledger"]
    assert (whole[0]["alias"], whole[0]["description"], whole[0]["tags"]) == (
        "'-2",
        '\'=HYPERLINK("http://x")',
        "env=p",
    )
    assert whole[-1]["alias"] == "orders-00"
    assert whole[0]["created"].endswith("Z")


def test_the_export_goes_on_beyond_a_chunk(owner: Client, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CHUNK", 5)

    rows = list(csv.DictReader(io.StringIO(shown(owner, alice, "keys.csv"))))

    assert len({one["key_id"] for one in rows}) == len(rows) == 13


def test_the_list_is_sorted_by_what_the_address_says(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, sort="alias", rows="10")

    assert page.index(">ledger<") < page.index(">orders-00<") < page.index(">orders-01<")
    assert 'aria-sort="ascending"' in page
    assert "By alias, A to Z" in page
    assert "sort=alias" in page.partition("after=")[0].rpartition('href="')[2]
    exported = list(csv.DictReader(io.StringIO(shown(owner, alice, "keys.csv", sort="alias"))))
    assert [one["alias"] for one in exported][:2] == ["ledger", "orders-00"]


def test_a_click_on_the_head_in_order_turns_it(owner: Client, alice: Person) -> None:
    assert "sort=created" in shown(owner, alice)
    assert "sort=-alias" in shown(owner, alice, sort="alias")
    assert "sort=alias" in shown(owner, alice, sort="-alias")


def test_unused_keys_are_asked_for_in_days(owner: Client, alice: Person) -> None:
    page = shown(owner, alice, unused="90")

    assert "No key meets this filter" in page
    assert "Remove filter Unused for 90 days" in page
    assert "Remove filter Unused for 45 days" in shown(owner, alice, unused="45")


def test_columns_that_were_taken_away_stay_away(owner: Client, alice: Person) -> None:
    address = f"/console/{alice.project.pk}/kms/columns"
    assert ">Origin</th>" in shown(owner, alice)

    answer = owner.post(address, {"column": ["status", "spec"]})

    assert answer.status_code == 302
    page = shown(owner, alice)
    assert ">Origin</th>" not in page
    assert ">Status</th>" in page
    assert 'value="status" checked' in owner.get(address).content.decode()
    assert 'value="origin" checked' not in owner.get(address).content.decode()


def test_a_tag_leads_to_the_keys_that_have_it(owner: Client, alice: Person) -> None:
    operations.create_key(alice.caller, alias="tagged", tags=[TagPair("owner", "a:b+c d")])
    page = shown(owner, alice)
    address = next(one.partition('"')[0] for one in page.split('href="') if "tag=owner" in one.partition('"')[0])

    found = owner.get(address.replace("&amp;", "&")).content.decode()

    assert ">tagged<" in found
    assert ">ledger<" not in found


def test_the_last_use_is_told(owner: Client, alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="used")
    operations.encrypt_data(replace(alice.caller, by_api=True), key_id=key.pk, plaintext=b"x")

    assert "just now" in shown(owner, alice, words="used")
    assert "Never" in shown(owner, alice, words="ledger")


def test_a_line_that_was_shown_before_shows_every_change_at_once(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    client, address = alice.client(), f"/console/{alice.project.pk}/kms/keys"
    assert "orders" in client.get(address).content.decode()

    operations.update_alias(alice.caller, key.pk, "ledger")
    operations.add_tags(alice.caller, key.pk, [TagPair("env", "prod")])
    operations.disable_key(alice.caller, key.pk)
    shown = client.get(address).content.decode()
    assert [text in shown for text in ("orders", "ledger", "env=prod", f'id="enable-{key.pk}"')] == [
        *(False, True, True, True)
    ]

    client.cookies["language"] = "zh-hans"
    assert "编辑标签" in client.get(address).content.decode()
    client.cookies["hidden_columns"] = "tags"
    assert "env=prod" not in client.get(address).content.decode()
