"""Archives of the trail: what is removed lies in them whole, and whatever is done to them is found and named."""

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from console.access.archive_file import PATTERN
from console.access.heads import Head
from console.access.stream import forget_stream
from console.access.verification import Verdict, verify_streams
from console.models import Account, Trace, TraceArchive, TraceStream
from console.operations.trail import verify_trail
from tests.support import old_traces
from tests.support.people import Person

JANUARY = ["2026-01-10", "2026-01-20", "2026-02-01 00:00:01", "2026-01-31 23:59:59"]
"""The last two: `at` is taken before the sequence, so at a month's end they may be the other way round."""
FEBRUARY = ["2026-02-10", "2026-02-20"]
MARCH = ["2026-03-10", "2026-03-20", "2026-03-30"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


@pytest.fixture(autouse=True)
def own_heads(settings: Any, tmp_path: Path) -> None:
    """The heads of this test's streams alone."""
    settings.TRAIL_DIR = tmp_path / "trail"


@pytest.fixture
def stream(db: None) -> str:
    """A stream of three months and today."""
    Account.objects.create(name="admin")
    old_traces.write([*JANUARY, *FEBRUARY, *MARCH, timezone.now()])
    return Trace.objects.latest("id").stream_id


def archive(folder: Path, before: str = "2026-03") -> list[TraceArchive]:
    forget_stream()  # the command is a process of its own
    call_command("archivetraces", "--before", before, "--to", str(folder))
    return list(TraceArchive.objects.order_by("begins_at", "archived_at"))


def found(folder: Path | None = None, *known: Head) -> set[str]:
    """What verification finds, as it is said."""
    return {str(one) for one in verify_streams(known, folder=folder).findings}


def refusal(before: str, folder: Path) -> str:
    """What the command says on its way out."""
    with pytest.raises(SystemExit) as refused:
        archive(folder, before)
    return str(refused.value)


# What goes, and what stays


def test_the_months_before_a_date_go_and_the_chain_stays_whole(stream: str, folder: Path) -> None:
    archives = archive(folder)

    assert [(str(one.begins_at.date()), one.records) for one in archives] == [("2026-01-01", 3), ("2026-02-01", 3)]
    assert Trace.objects.filter(stream=stream).count() == len(MARCH) + 1
    assert {one.name for one in folder.iterdir()} == {one.name for one in archives}
    verdict = verify_streams()
    assert (verdict.findings, verdict.archived, verdict.archives) == ([], 6, 2)
    assert found(folder) == set()


def test_runs_tell_what_lies_in_which_archive_at_a_months_end(stream: str, folder: Path) -> None:
    january, february = archive(folder)

    assert [run[:2] for run in january.runs[stream]] == [[1, 2], [4, 4]]
    assert [run[:2] for run in february.runs[stream]] == [[3, 3], [5, 6]]


def test_a_part_of_a_month_goes_and_the_rest_later(stream: str, folder: Path) -> None:
    archive(folder, "2026-03-15")
    assert Trace.objects.filter(stream=stream).count() == 3

    archive(folder, "2026-04")

    assert [one.records for one in TraceArchive.objects.order_by("begins_at", "ends_at")] == [3, 3, 1, 2]
    assert found(folder) == set()


def test_a_stream_that_is_archived_to_its_end_is_whole(stream: str, folder: Path) -> None:
    forget_stream()
    old_traces.write(JANUARY)
    whole = Trace.objects.latest("id")

    archive(folder)

    assert not Trace.objects.filter(stream=whole.stream_id).exists()
    assert found(folder, Head(whole.stream_id, whole.sequence, bytes(whole.mac))) == set()


def test_a_trace_that_comes_late_goes_into_another_archive_of_its_month(stream: str, folder: Path) -> None:
    archive(folder)
    old_traces.write(["2026-01-05"])

    archive(folder)

    assert [one.records for one in TraceArchive.objects.filter(begins_at__month=1).order_by("archived_at")] == [3, 1]
    assert found(folder) == set()


def test_traces_that_were_put_back_are_removed_again_by_their_archive(stream: str, folder: Path) -> None:
    kept = list(Trace.objects.filter(stream=stream, sequence__in=(1, 2, 4)))
    archives = archive(folder)
    Trace.objects.bulk_create(kept)

    assert archive(folder) == archives
    assert not Trace.objects.filter(stream=stream, sequence__lte=4).exists()
    assert found(folder) == set()


def test_a_dry_run_says_what_would_go(stream: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("archivetraces", "--before", "2026-03", "--dry-run")

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2026-01-01 to 2026-02-01: 3 traces"
    assert said[-1] == "6 traces before 2026-03-01 would go, in 2 files."
    assert Trace.objects.filter(stream=stream).count() == 10


def test_months_are_kept_by_their_number(stream: str, folder: Path) -> None:
    now = timezone.now()
    months = (now.year - 2026) * 12 + now.month - 2

    call_command("archivetraces", "--keep-months", str(months), "--to", str(folder))

    assert sorted(one.begins_at.month for one in TraceArchive.objects.all()) == [1]


def test_what_has_not_ended_for_a_day_stays(stream: str, folder: Path) -> None:
    today = f"{timezone.now():%Y-%m-%d}"

    assert refusal(today, folder).endswith("is too late: a period must have ended a day ago.")
    assert "There is no folder" in refusal("2026-03", folder / "absent")


def test_archiving_is_traced_for_the_first_account(stream: str, folder: Path) -> None:
    january, february = archive(folder)

    traces = Trace.objects.filter(name="archiveTraces").order_by("id")
    assert [one.resource_name for one in traces] == [january.name, february.name]
    assert {one.account_id for one in traces} == {Account.objects.earliest("created_at").pk}
    assert traces[0].detail == {"from": "2026-01-01", "to": "2026-02-01", "records": 3}


def test_the_console_goes_by_the_archives_too(stream: str, folder: Path, alice: Person) -> None:
    (january, _february) = archive(folder)
    assert verify_trail(alice.caller).is_intact

    TraceArchive.objects.filter(pk=january.pk).delete()

    assert not verify_trail(alice.caller).is_intact


# An archive that could not be trusted


def test_a_broken_trail_is_not_archived(stream: str, folder: Path) -> None:
    Trace.objects.filter(stream=stream, sequence=2).update(user_name="nobody")

    assert f"stream {stream}, record 2" in refusal("2026-03", folder)
    assert list(folder.iterdir()) == []
    assert Trace.objects.filter(stream=stream).count() == 10
    assert not TraceArchive.objects.exists()


def test_an_archive_that_was_lost_before_its_traces_were_removed_is_asked_for(stream: str, folder: Path) -> None:
    (january, _february) = archive(folder)
    TraceArchive.objects.filter(pk=january.pk).update(removed_at=None)
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()

    assert f"it is not in {elsewhere}" in refusal("2026-03", elsewhere)


def test_nothing_is_removed_by_a_changed_note(stream: str, folder: Path) -> None:
    january = archive(folder)[0]
    TraceArchive.objects.filter(pk=january.pk).update(removed_at=None, runs={stream: [[7, 9, "00"]]})

    assert "What the database says of" in refusal("2026-03", folder)
    assert Trace.objects.filter(stream=stream, sequence__range=(7, 9)).count() == 3


# What is done to archives


def repack(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write a file anew with its lines changed."""
    path.write_bytes(gzip.compress(b"".join(change(gzip.decompress(path.read_bytes()).splitlines(keepends=True)))))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def forge(path: Path) -> None:
    """What one writes who has all but the key."""
    repack(path, lambda lines: [line.replace(b"alice", b"mallory") for line in lines[:-1]] + lines[-1:])


def forge_the_seal(path: Path) -> None:
    repack(path, lambda lines: [*lines[:-1], lines[-1].replace(b'"records":3', b'"records":2')])


def swap(path: Path) -> None:
    """Put another archive of the same server in its place."""
    shutil.copy(next(one for one in path.parent.glob(PATTERN) if one != path), path)


TAMPERING: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "missing in the folder"),
    "cut": (cut, "damaged, or cut off"),
    "changed": (flip, "damaged, or cut off"),
    "a line less": (lambda path: repack(path, lambda lines: lines[1:]), "its content is not what was sealed"),
    "a line twice": (lambda path: repack(path, lambda lines: lines[:2] + lines[1:]), "is not what was sealed"),
    "without seal": (lambda path: repack(path, lambda lines: lines[:-1]), "damaged, or cut off"),
    "content behind the seal": (lambda path: repack(path, lambda lines: lines + lines[:1]), "is not what was sealed"),
    "forged": (forge, "its content is not what was sealed"),
    "forged seal": (forge_the_seal, "not sealed by this server"),
    "swapped": (swap, "another archive than the one that was written"),
    "rubbish": (lambda path: path.write_bytes(b"rubbish"), "damaged, or cut off"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_what_was_done_to_an_archive_is_found_and_named(stream: str, folder: Path, name: str) -> None:
    january = archive(folder)[0]
    tamper, text = TAMPERING[name]

    tamper(folder / january.name)

    findings = found(folder)
    assert any(one.startswith(f"archive {january.name}") and text in one for one in findings)
    assert found() == set()  # nobody asked for the files


def test_an_archive_of_another_server_among_them_is_found(stream: str, folder: Path) -> None:
    january = archive(folder)[0]
    stranger = folder / "traces-20260101-20260201-0000000000000000.jsonl.gz"
    shutil.copy(folder / january.name, stranger)
    forge_the_seal(stranger)

    assert found(folder) == {f"archive {stranger.name}: not sealed by this server"}


def test_a_head_that_was_kept_elsewhere_is_looked_for_in_the_archives(stream: str, folder: Path) -> None:
    known, forged = (Trace.objects.get(stream=stream, sequence=sequence) for sequence in (1, 2))
    heads = [Head(stream, 1, bytes(known.mac)), Head(stream, 2, bytes(32))]
    archive(folder)

    assert any("record 2: another record than the one that was written" in one for one in found(folder, *heads))
    assert forged.sequence == 2


# What is done to the database


ROW: dict[str, Any] = {
    "begins_at": timezone.now(),
    "ends_at": timezone.now(),
    "records": 4,
    "runs": {},
    "digest": "0" * 64,
    "archived_at": timezone.now(),
    "mac": bytes(32),
}


@pytest.mark.parametrize("column", ROW)
def test_a_changed_row_of_an_archive_covers_nothing(stream: str, folder: Path, column: str) -> None:
    january = archive(folder)[0]
    TraceArchive.objects.filter(pk=january.pk).update(**{column: ROW[column]})

    findings = found()

    assert f"archive {january.name}: what the database says of it was changed" in findings
    assert f"stream {stream}, record 1: missing" in findings


def test_every_column_of_the_row_is_covered() -> None:
    columns = {one.attname for one in TraceArchive._meta.concrete_fields}

    assert columns - {"name", "removed_at"} == set(ROW)


def test_a_row_under_another_name_covers_nothing(stream: str, folder: Path) -> None:
    january = archive(folder)[0]
    TraceArchive.objects.filter(pk=january.pk).update(name="traces-x.jsonl.gz")

    assert f"stream {stream}, record 1: missing" in found()


def test_traces_removed_by_hand_are_not_taken_for_archived(stream: str, folder: Path) -> None:
    archive(folder)
    Trace.objects.filter(stream=stream, sequence=8).delete()

    assert found(folder) == {f"stream {stream}, record 8: missing"}


def test_a_row_made_up_for_traces_that_were_removed_covers_nothing(stream: str, folder: Path) -> None:
    january = archive(folder)[0]
    made_up = {**january.runs, stream: [[7, 9, bytes(Trace.objects.get(stream=stream, sequence=9).mac).hex()]]}
    january.name, january.runs = "traces-20260301-20260401-0000000000000000.jsonl.gz", made_up
    january.save(force_insert=True)
    Trace.objects.filter(stream=stream, sequence__range=(7, 9)).delete()

    assert f"stream {stream}, record 7: missing" in found()


def test_a_row_that_is_gone_leaves_its_traces_missing(stream: str, folder: Path) -> None:
    january = archive(folder)[0]
    TraceArchive.objects.filter(pk=january.pk).delete()

    assert found() == {f"stream {stream}, record 1: missing", f"stream {stream}, record 4: missing"}


def test_a_trace_changed_behind_an_archive_breaks_the_chain(stream: str, folder: Path) -> None:
    archive(folder)
    Trace.objects.filter(stream=stream, sequence=7).update(status=403)

    assert f"stream {stream}, record 7: changed, or the record before it was changed" in found()


def test_a_changed_opening_is_found_in_the_archive(stream: str, folder: Path) -> None:
    archive(folder)
    TraceStream.objects.filter(pk=stream).update(opened_at=timezone.now() - timedelta(days=1))

    assert any(f"stream {stream}, record 1" in one for one in found(folder))


def test_a_stream_that_was_archived_and_is_gone_is_named(stream: str, folder: Path) -> None:
    forget_stream()
    old_traces.write(JANUARY)
    gone = Trace.objects.latest("id").stream_id
    archive(folder)
    TraceStream.objects.filter(pk=gone).delete()

    assert f"stream {gone}, record 1: cut off: it was written, and is not there" in found()


def test_what_is_archived_and_not_yet_removed_must_be_there_from_its_beginning(stream: str, folder: Path) -> None:
    """While traces are removed what is left of a run is its beginning; a hole in it was made by somebody else."""
    kept = list(Trace.objects.filter(stream=stream, sequence__in=(1, 2)))
    archive(folder)
    Trace.objects.bulk_create(kept[:1])
    assert found(folder) == set()

    Trace.objects.filter(stream=stream, sequence=1).delete()
    Trace.objects.bulk_create(kept[1:])

    assert f"stream {stream}, record 1: missing" in found(folder)


# The page


def test_a_file_is_read_without_our_code(stream: str, folder: Path) -> None:
    """By what docs/traces.md says: gzip, lines of JSON, SHA-256."""
    import hashlib

    january = archive(folder)[0]
    *lines, seal = gzip.decompress((folder / january.name).read_bytes()).splitlines(keepends=True)

    sealed = json.loads(seal)["sealed"]
    assert sealed["digest"] == hashlib.sha256(b"".join(lines)).hexdigest()
    assert january.name.split("-")[-1].startswith(sealed["digest"][:16])
    records = [json.loads(line)["record"] for line in lines if line.startswith(b'{"mac":')]
    assert [one["sequence"] for one in records] == [1, 2, 4]
    assert json.loads(lines[0])["opens"][0] == stream


def test_the_verdict_counts_what_was_archived(stream: str, folder: Path) -> None:
    before: Verdict = verify_streams()
    archive(folder)
    after = verify_streams(folder=folder)

    assert (before.archived, after.archived) == (0, 6)
