"""Which keys nobody uses: by the counters of calls, whatever the sweep has carried over of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.models import CallCount
from keys import operations
from keys.models import Key
from keys.operations.reading import KeyFilter
from keys.operations.unused import sweep_uses


def today() -> date:
    return timezone.now().date()


@pytest.fixture
def old(caller: Caller) -> Key:
    """A key made a hundred days ago, and never used."""
    key = operations.create_key(caller, alias="old")
    Key.objects.filter(pk=key.pk).update(unused_since=today() - timedelta(days=100))
    return key


def unused(caller: Caller, days: str) -> list[str]:
    return [key.alias for key in operations.list_keys(caller, wanted=KeyFilter(unused=days)).keys]


def test_a_key_that_nobody_used_is_found(caller: Caller, old: Key) -> None:
    operations.create_key(caller, alias="new")

    assert unused(caller, "90") == unused(caller, "100") == ["old"]
    assert unused(caller, "101") == []


@pytest.mark.parametrize("days", ["0", "-1", "ninety", "9999", "1e2"])
def test_days_that_cant_be_read_find_nothing(caller: Caller, old: Key, days: str) -> None:
    assert unused(caller, days) == []


def test_a_key_used_this_moment_is_in_use_before_any_sweep(caller: Caller, old: Key) -> None:
    operations.encrypt_data(replace(caller, by_api=True), key_id=str(old.pk), plaintext=b"x")

    assert Key.objects.get(pk=old.pk).unused_since == today() - timedelta(days=100)
    assert unused(caller, "1") == unused(caller, "90") == []


def test_looking_at_a_key_and_being_refused_are_no_uses(caller: Caller, old: Key) -> None:
    operations.describe_key(replace(caller, by_api=True), str(old.pk))
    CallCount.objects.create(
        account_id=caller.account.pk, day=today(), operation="encryptData", resource_id=str(old.pk), refused=3, calls=3
    )

    assert unused(caller, "90") == ["old"]


def test_the_sweep_carries_a_use_over_once(caller: Caller, old: Key) -> None:
    operations.encrypt_data(replace(caller, by_api=True), key_id=str(old.pk), plaintext=b"x")

    assert (sweep_uses(), sweep_uses()) == (1, 0)
    assert Key.objects.get(pk=old.pk).unused_since == today()


def test_a_later_sweep_finds_later_uses(caller: Caller, old: Key) -> None:
    sweep_uses()
    operations.encrypt_data(replace(caller, by_api=True), key_id=str(old.pk), plaintext=b"x")

    assert sweep_uses() == 1


def test_the_sweep_leaves_the_time_of_change_alone(caller: Caller, old: Key) -> None:
    before = Key.objects.get(pk=old.pk).updated_at
    operations.encrypt_data(replace(caller, by_api=True), key_id=str(old.pk), plaintext=b"x")

    sweep_uses()

    assert Key.objects.get(pk=old.pk).updated_at == before
