"""Verification finds what was done to the trail, and names it."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from console.access import heads
from console.access.caller import Caller
from console.access.heads import Head
from console.access.stream import forget_stream
from console.access.verification import verify_streams
from console.models import Trace, TraceStream
from keys import operations


@pytest.fixture
def traces(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> list[Trace]:
    """Five records of one stream, and the head of it kept elsewhere."""
    for alias in ("a", "b", "c", "d"):
        operations.create_key(caller, alias=alias)
    found = list(Trace.objects.order_by("sequence"))
    assert len(found) == 5
    return found


def head_of(trace: Trace) -> Head:
    return Head(trace.stream_id, trace.sequence, bytes(trace.mac))


def found(*known: Head) -> list[tuple[str, int]]:
    """What verification finds, with these heads kept elsewhere: (stream, sequence)."""
    verdict = verify_streams(known)
    return [(one.stream, one.sequence) for one in verdict.findings if one.stream in {*streams(), *of(known)}]


def streams() -> set[str]:
    return {str(pk) for pk in TraceStream.objects.values_list("pk", flat=True)}


def of(known: tuple[Head, ...]) -> set[str]:
    return {head.stream for head in known}


def test_an_untouched_trail_is_intact(traces: list[Trace], caller: Caller) -> None:
    forget_stream()
    operations.create_key(caller, alias="e")

    verdict = verify_streams([head_of(traces[-1])])

    assert [one for one in verdict.findings if one.stream in streams()] == []
    assert (verdict.streams, verdict.records) == (2, 6)


CHANGES: dict[str, Callable[[Trace], object]] = {
    "at": lambda trace: timezone.now(),
    "name": lambda trace: "describeKey",
    "account_id": lambda trace: "0" * 32,
    "project_id": lambda trace: "",
    "user_id": lambda trace: "",
    "user_name": lambda trace: "nobody",
    "resource_type": lambda trace: "user",
    "resource_id": lambda trace: "",
    "resource_name": lambda trace: "z",
    "source_ip": lambda trace: "192.0.2.99",
    "request_id": lambda trace: "1" * 32,
    "status": lambda trace: 403,
    "error_code": lambda trace: "KMS.0306",
    "detail": lambda trace: {},
    "mac": lambda trace: bytes(32),
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_record_is_named(traces: list[Trace], column: str) -> None:
    changed = traces[2]
    setattr(changed, column, CHANGES[column](changed))
    changed.save()

    assert (changed.stream_id, 3) in found()


def test_every_column_is_covered() -> None:
    columns = {one.attname for one in Trace._meta.concrete_fields}

    assert columns - {"id", "stream_id", "sequence"} == set(CHANGES)


def test_a_missing_record_is_named(traces: list[Trace]) -> None:
    Trace.objects.filter(pk=traces[2].pk).delete()

    assert found() == [(traces[2].stream_id, 3)]


def test_swapped_records_are_named(traces: list[Trace]) -> None:
    first, second = traces[2], traces[3]
    Trace.objects.filter(pk=first.pk).update(sequence=99)
    Trace.objects.filter(pk=second.pk).update(sequence=3)
    Trace.objects.filter(pk=first.pk).update(sequence=4)

    assert {sequence for _stream, sequence in found()} >= {3, 4}


def test_a_cut_tail_is_named(traces: list[Trace]) -> None:
    head = head_of(traces[-1])
    Trace.objects.filter(sequence__gte=4).delete()

    assert found(head) == [(head.stream, 4)]


def test_a_stream_that_is_gone_is_named(traces: list[Trace]) -> None:
    head = head_of(traces[-1])
    Trace.objects.all().delete()
    TraceStream.objects.all().delete()

    assert found(head) == [(head.stream, 1)]


def test_a_stream_cut_after_another_opened_is_named_without_any_kept_head(traces: list[Trace], caller: Caller) -> None:
    forget_stream()
    operations.create_key(caller, alias="e")
    Trace.objects.filter(pk=traces[-1].pk).delete()

    assert found() == [(traces[0].stream_id, 5)]


def test_what_a_stream_says_of_those_before_cannot_be_changed(traces: list[Trace], caller: Caller) -> None:
    forget_stream()
    operations.create_key(caller, alias="e")
    opened = Trace.objects.latest("id").stream
    TraceStream.objects.filter(pk=opened.pk).update(heads_before={})

    assert found() == [(opened.pk, 1)]


def test_a_record_in_place_of_another_is_named(traces: list[Trace], caller: Caller) -> None:
    head = Head(traces[-1].stream_id, 5, bytes(32))

    assert found(head) == [(head.stream, 5)]


def test_heads_are_read_from_a_log_whatever_else_it_holds(traces: list[Trace]) -> None:
    head = head_of(traces[-1])
    import json

    lines = ["", "not json", "[]", '{"message": "hello"}', json.dumps({"level": "INFO", **heads.fields_of(head)})]

    assert heads.read(lines) == [head]
