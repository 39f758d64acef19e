"""Group commit: what callers wait for together, what they are told when it fails, and how calls are counted."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from console.access import changes, heads, scribe, stream
from console.access.caller import Caller
from console.access.stream import opening_mac, record_of
from console.access.trail import traced
from console.models import Account, CallCount, Trace, TraceStream
from console.operations.usage import FREE_CALLS_A_MONTH, calls_of_month
from console.protection import trail_key
from keys import errors, operations
from keys.models import Key
from tests.support.people import Person, owner


@pytest.fixture
def committing(transactional_db: None) -> Person:
    """The owner of an account, in a database whose transactions are real."""
    return owner("northwind")


def by_api(person: Person) -> Caller:
    return replace(person.caller, by_api=True)


def check_chain() -> int:
    """Verify every record of every stream; how many there are."""
    number = 0
    for one in TraceStream.objects.all():
        mac = opening_mac(one)
        for trace in Trace.objects.filter(stream=one).order_by("sequence"):
            trail_key().verify(mac, record_of(trace), bytes(trace.mac))
            mac, number = bytes(trace.mac), number + 1
    return number


def test_64_calls_at_once_leave_64_records_in_one_chain(committing: Person) -> None:
    caller, before = by_api(committing), Trace.objects.count()

    def ask(number: int) -> None:
        try:
            with traced(caller, "describeKey") as trace:
                trace.detail = {"number": number}
        finally:
            connections.close_all()

    with ThreadPoolExecutor(64) as threads:
        list(threads.map(ask, range(64)))

    made = Trace.objects.filter(name="describeKey")
    assert sorted(trace.detail["number"] for trace in made) == list(range(64))
    assert check_chain() == before + 64


def test_changes_and_readings_share_the_chain(committing: Person) -> None:
    caller = by_api(committing)

    def ask(number: int) -> None:
        try:
            if number % 4:
                operations.list_key_details(caller, spec="ALL")
            else:
                operations.create_key(caller, alias=f"k{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(ask, range(48)))

    assert Trace.objects.filter(name="createKey", status=200).count() == 12
    assert Trace.objects.filter(name="listKeys", status=200).count() == 36
    check_chain()


REFUSING = {
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON console_trace BEGIN SELECT RAISE(ABORT, 'no space'); END",
    "postgresql": """
        CREATE FUNCTION refuse() RETURNS trigger AS
        $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER refuse BEFORE INSERT ON console_trace FOR EACH ROW EXECUTE FUNCTION refuse()
    """,
}
REFUSING_NO_MORE = {"sqlite": "DROP TRIGGER refuse", "postgresql": "DROP FUNCTION refuse CASCADE"}


def test_a_call_whose_trace_cannot_be_written_fails(committing: Person, any_database: str) -> None:
    caller = by_api(committing)
    operations.list_key_details(caller)
    with connection.cursor() as cursor:
        cursor.execute(REFUSING[any_database])
    try:
        with pytest.raises(errors.NotSaved):
            operations.gen_random(caller, 256)
        with pytest.raises(errors.NotSaved):
            operations.list_key_details(caller, limit=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(REFUSING_NO_MORE[any_database])

    assert len(operations.gen_random(caller, 256)) == 32
    check_chain()


def test_a_lost_database_is_told_to_all_who_wait(committing: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = by_api(committing)

    def lose(*_arguments: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(scribe, "Writing", lose)
        with pytest.raises(errors.NotSaved):
            operations.gen_random(caller, 8)
    assert operations.gen_random(caller, 8)


def test_an_error_of_the_server_is_traced_too(caller: Caller) -> None:
    with pytest.raises(ZeroDivisionError), traced(replace(caller, by_api=True), "sign"):
        raise ZeroDivisionError

    trace = Trace.objects.get(name="sign")
    assert (trace.status, trace.error_code) == (500, "KMS.0103")


def test_calls_of_the_api_are_counted_by_operation_and_key_refusals_apart(alice: Person) -> None:
    caller = by_api(alice)
    key = operations.create_key(caller, alias="orders")
    for _ in range(3):
        operations.encrypt_data(caller, key_id=key.pk, plaintext=b"x")
    with pytest.raises(errors.PlaintextInvalid):
        operations.encrypt_data(caller, key_id=key.pk, plaintext=b"")
    with pytest.raises(errors.KeyIsSymmetric):
        operations.get_public_key(caller, key.pk)
    operations.get_key(alice.caller, key.pk)  # a page, no call of the API

    counts = {(one.operation, one.resource_id): (one.calls, one.refused) for one in CallCount.objects.all()}
    assert counts == {
        ("createKey", str(key.pk)): (1, 0),
        ("encryptData", str(key.pk)): (3, 0),
        ("encryptData", ""): (1, 1),
        ("getPublicKey", str(key.pk)): (1, 1),
    }
    assert calls_of_month(alice.account) == (6, 0)


def test_calls_beyond_the_free_ones_are_billable(alice: Person, charlie: Person) -> None:
    day = Trace.objects.latest("at").at.date()
    for operation in ("sign", "verify"):
        CallCount.objects.create(account_id=alice.account.pk, day=day, operation=operation, calls=FREE_CALLS_A_MONTH)

    assert calls_of_month(alice.account) == (2 * FREE_CALLS_A_MONTH, FREE_CALLS_A_MONTH)
    assert calls_of_month(charlie.account) == (0, 0)


# Changes that share a commit: on SQLite alone, where the event loop writes (console/access/changes.py).


@pytest.mark.sqlite
def test_changes_share_a_commit_and_what_is_refused_is_taken_back_alone(committing: Person) -> None:
    caller, before = by_api(committing), check_chain()

    with changes.one_commit():
        for alias in ("a", "b", "a", "c"):
            with suppress(errors.AliasTaken):
                operations.create_key(caller, alias=alias)
            changes.check_whole()

    assert [key.alias for key in Key.objects.order_by("number")] == ["a", "b", "c"]
    assert Account.objects.get().key_count == 3
    assert [one.status for one in Trace.objects.filter(name="createKey").order_by("id")] == [200, 200, 400, 200]
    assert check_chain() == before + 4
    assert heads.Head(*stream.head()) in heads.kept()  # type: ignore[misc]


@pytest.mark.sqlite
def test_changes_that_cannot_be_committed_never_were(committing: Person) -> None:
    caller = by_api(committing)
    kept, before = heads.kept(), check_chain()

    def create_on_a_full_disk() -> None:
        with changes.one_commit():
            operations.create_key(caller, alias="a")
            assert heads.kept() == kept, "no head before its commit"
            connection.connection.rollback()  # as SQLite does then
            changes.check_whole()

    with pytest.raises(OperationalError):
        create_on_a_full_disk()
    assert not Key.objects.exists()
    operations.create_key(caller, alias="b")
    assert check_chain() == before + 1


@pytest.mark.sqlite
def test_changes_do_not_wait_for_another_writer(committing: Person) -> None:
    def write() -> None:
        try:
            with pytest.raises(BlockingIOError), changes.one_commit():
                pass
        finally:
            connections.close_all()

    with transaction.atomic(durable=True), ThreadPoolExecutor(1) as threads:
        threads.submit(write).result()

    operations.create_key(by_api(committing), alias="a")
    with changes.one_commit():
        operations.create_key(by_api(committing), alias="b")
    check_chain()


@pytest.mark.sqlite
def test_a_change_that_takes_its_time_shares_no_commit(committing: Person) -> None:
    caller, before = by_api(committing), check_chain()

    with changes.one_commit(), pytest.raises(changes.Apart):
        operations.create_key(caller, alias="a", key_spec="RSA_2048")

    assert not Key.objects.exists()
    assert check_chain() == before, "nobody was refused anything"
