"""The trail in the console: exported as it is filtered, and verified with a clear verdict."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from console.models import Trace
from console.operations import trail
from keys import operations
from tests.support.people import Person


@pytest.fixture(autouse=True)
def own_heads(settings: Any, tmp_path: Path) -> None:
    """The heads of this test's streams alone: those of other tests' are in no database any more."""
    settings.TRAIL_DIR = tmp_path / "trail"


@pytest.fixture
def worked(alice: Person) -> Client:
    key = operations.create_key(alice.caller, alias="orders")
    operations.disable_key(alice.caller, key.pk)
    return alice.client()


def at(person: Person, address: str) -> str:
    return f"/console/{person.project.pk}/{address}"


def test_what_the_filter_finds_is_exported(worked: Client, alice: Person) -> None:
    whole = list(csv.DictReader(io.StringIO(worked.get(at(alice, "traces.csv")).content.decode())))
    some = list(
        csv.DictReader(io.StringIO(worked.get(at(alice, "traces.csv"), {"operation": "disableKey"}).content.decode()))
    )

    assert {"createKey", "disableKey"} <= {row["operation"] for row in whole}
    assert [row["sentence"] for row in some] == ["northwind disabled key orders"]
    assert some[0]["time"].endswith("Z")
    assert (
        "traces.csv?operation=disableKey"
        in worked.get(at(alice, "traces"), {"operation": "disableKey"}).content.decode()
    )


def test_the_export_goes_on_beyond_a_page(alice: Person, worked: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.views.trail.MOST_TRACES", 1)

    rows = list(csv.DictReader(io.StringIO(worked.get(at(alice, "traces.csv")).content.decode())))

    assert (
        len({row["trace_id"] for row in rows}) == len(rows) == Trace.objects.filter(project_id=alice.project.pk).count()
    )


def test_an_untouched_trail_is_intact(alice: Person, worked: Client) -> None:
    assert "Every trace is chained" in worked.get(at(alice, "traces/verify")).content.decode()

    page = worked.post(at(alice, "traces/verify")).content.decode()

    assert "The trail is intact." in page
    assert Trace.objects.filter(name="verifyTrail", detail={"is_intact": True}).exists()


def test_a_changed_trace_of_ones_own_is_named(alice: Person, worked: Client) -> None:
    trace = Trace.objects.get(name="disableKey")
    Trace.objects.filter(pk=trace.pk).update(user_name="northwind/eve")

    page = worked.post(at(alice, "traces/verify")).content.decode()

    assert "The trail is broken." in page
    assert "<b>disableKey</b>" in page
    assert trace.request_id in page


def test_a_neighbours_changed_trace_breaks_it_and_tells_nothing_else(
    alice: Person, charlie: Person, worked: Client
) -> None:
    operations.create_key(charlie.caller, alias="theirs")
    Trace.objects.filter(name="createKey", account_id=charlie.account.pk).update(user_name="x")

    page = worked.post(at(alice, "traces/verify")).content.decode()

    assert "The trail is broken." in page
    assert "<b>createKey</b>" not in page
    assert "theirs" not in page


def test_a_trace_that_was_removed_is_missed(alice: Person, worked: Client) -> None:
    Trace.objects.filter(name="createKey").delete()

    assert "The trail is broken." in worked.post(at(alice, "traces/verify")).content.decode()


def test_a_trail_too_long_to_wait_for_says_what_to_do(
    alice: Person, worked: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "MOST_RECORDS", 1)

    answer = worked.post(at(alice, "traces/verify"))

    assert answer.status_code == 422
    assert "manage.py verifytraces" in answer.content.decode()


def test_without_the_right_nothing_is_exported_or_verified(alice: Person, reading: Client) -> None:
    assert reading.get(at(alice, "traces.csv")).status_code == 403
    assert reading.post(at(alice, "traces/verify")).status_code == 403
