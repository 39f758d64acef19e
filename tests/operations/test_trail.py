"""The trail: a stream a process, each record with its place and its MAC."""

from dataclasses import replace

import pytest
from django.db import transaction

from console.access.caller import Caller
from console.access.stream import forget_stream, opening_mac, record_of
from console.models import Trace, TraceStream
from console.protection import trail_key
from keys import errors, operations
from keys.crypto.errors import TrailBroken
from keys.models import Key


def check(stream: str) -> None:
    mac = opening_mac(TraceStream.objects.get(pk=stream))
    for number, trace in enumerate(Trace.objects.filter(stream_id=stream).order_by("sequence"), start=1):
        assert trace.sequence == number
        trail_key().verify(mac, record_of(trace), bytes(trace.mac))
        mac = bytes(trace.mac)


def test_each_record_carries_the_mac_of_itself_and_the_one_before(caller: Caller) -> None:
    key = operations.create_key(caller, alias="orders")
    operations.update_alias(caller, key.pk, "orders/new")
    with pytest.raises(errors.AliasInvalid):
        operations.update_alias(caller, key.pk, "a b")

    (stream,) = {trace.stream_id for trace in Trace.objects.all()}
    check(stream)


@pytest.mark.parametrize("change", [{"user_name": "nobody"}, {"status": 200}, {"detail": {}}, {"resource_id": ""}])
def test_a_changed_record_shows(caller: Caller, change: dict[str, object]) -> None:
    key = operations.create_key(caller, alias="orders")
    with pytest.raises(errors.AliasInvalid):
        operations.update_alias(caller, key.pk, "a b")
    last = Trace.objects.latest("sequence")
    last.detail = {"added": 1} if "detail" in change else last.detail
    for name, value in change.items():
        if name != "detail":
            setattr(last, name, value)
    last.save()

    with pytest.raises(TrailBroken):
        check(last.stream_id)


def test_a_missing_record_shows(caller: Caller) -> None:
    for alias in ("a", "b", "c"):
        operations.create_key(caller, alias=alias)
    Trace.objects.filter(resource_name="b").delete()

    with pytest.raises(AssertionError):
        check(Trace.objects.latest("sequence").stream_id)


def test_a_new_stream_names_the_heads_of_those_before(caller: Caller) -> None:
    operations.create_key(caller, alias="a")
    head = Trace.objects.latest("id")
    forget_stream()
    operations.create_key(caller, alias="b")

    opened = TraceStream.objects.get(pk=Trace.objects.latest("id").stream_id)
    assert opened.heads_before[head.stream_id] == [head.sequence, bytes(head.mac).hex()]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_trace_and_no_gap(transactional_db: None) -> None:
    from tests.support.people import owner

    alice = owner("northwind")
    key = operations.create_key(alice.caller, alias="orders")
    with pytest.raises(RuntimeError), transaction.atomic():
        operations.update_alias(alice.caller, key.pk, "never")
    operations.update_alias(alice.caller, key.pk, "orders/new")

    assert Key.objects.get().alias == "orders/new"
    check(Trace.objects.latest("id").stream_id)


def test_a_description_by_the_api_is_traced_with_the_keys_id_and_alias(caller: Caller) -> None:
    key = operations.create_key(caller, alias="orders")

    operations.describe_key(replace(caller, by_api=True), key.pk)

    trace = Trace.objects.get(name="describeKey")
    assert (trace.resource_type, trace.resource_id, trace.resource_name) == ("key", str(key.pk), "orders")
