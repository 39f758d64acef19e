"""Write old traces into signed files, and remove them from the database."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from console.management.sentences import SentenceCommand
from console.models import TraceArchive
from console.operations import archiving
from console.operations.archiving import Period
from console.partitions import month_after, month_of
from console.serving.database import alone, require_migrated
from console.serving.keyfiles import check_root_key

MOST_MONTHS = 1200
SETTLED = timedelta(days=1)
STEPS = 3
"""Each trace is written, read back and removed."""


class Command(SentenceCommand):
    help = (
        "Write the traces before a date into signed files, one a month, check them, and remove them from the database; "
        "while the server works. A run that was ended too early is gone on with by the next."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--before", type=_day, metavar="YYYY-MM[-DD]", help="the traces before this month or day (UTC)"
        )
        which.add_argument("--keep-months", type=_months, metavar="N", help="all but the present month and N before it")
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="where the archives go")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        now = datetime.now(UTC)
        before = options["before"] or month_after(month_of(now), -options["keep_months"])
        if before > now - SETTLED:
            raise CommandError(f"{before:%Y-%m-%d} is too late: a period must have ended a day ago.")
        if options["dry_run"]:
            self._tell(archiving.periods_before(before), before)
            return
        folder: Path | None = options["to"]
        if folder is None or not folder.is_dir():
            raise CommandError(f"There is no folder {folder or ''}: give one that exists with --to.")
        try:
            with alone("archivetraces"):
                self._archive(before, folder)
        except OSError as error:
            raise CommandError(f"{folder} can't be used ({error.strerror}): run it again.") from None

    def _archive(self, before: datetime, folder: Path) -> None:
        for archive in archiving.unfinished():
            with _bar(archive.records * 2, archive.pk) as bar:
                archiving.check_again(archive, folder, bar.update)
                archiving.remove_traces(archive, bar.update)
            self._say(archive)
        for period in archiving.periods_before(before):
            with _bar(period.records * STEPS, f"{period.begins_at:%Y-%m}") as bar:
                archive = archiving.archive_traces(period, folder, bar.update)
                archiving.remove_traces(archive, bar.update)
            self._say(archive)
        self.print(f"DONE: there are no traces before {before:%Y-%m-%d} in the database.")

    def _tell(self, periods: list[Period], before: datetime) -> None:
        for period in periods:
            self.print(f"{period}: {period.records} traces")
        total = sum(period.records for period in periods)
        self.print(f"{total} traces before {before:%Y-%m-%d} would go, in {len(periods)} files.")

    def _say(self, archive: TraceArchive) -> None:
        self.print(f"{archive.pk}: {archive.records} traces, sha256 {archive.digest}; checked, and removed")


def _bar(total: int, what: str) -> "tqdm[Any]":
    return tqdm(total=total, desc=what, unit=" traces", unit_scale=1 / STEPS, disable=None, leave=False)


def _day(text: str) -> datetime:
    for form in ("%Y-%m", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ArgumentTypeError(f"{text!r} is no month or day: give it as 2026-01 or 2026-01-31.")


def _months(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_MONTHS):
        raise ArgumentTypeError(f"{text!r} is no number of months from 0 to {MOST_MONTHS}.")
    return int(text)
