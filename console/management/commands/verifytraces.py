"""Check the trail."""

import sys
from argparse import FileType
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.access import heads
from console.access.verification import verify_streams
from console.management.sentences import SentenceCommand
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key


class Command(SentenceCommand):
    help = "Check that no trace was changed, removed, cut off or put back to an older copy; exit 0 where all is well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--heads",
            type=FileType(encoding="utf-8", errors="replace"),
            help="a log of this server: the heads logged in it must still be in the trail (- for stdin)",
        )
        parser.add_argument(
            "--archive", type=Path, metavar="FOLDER", help="check the archives of traces too, which are in this folder"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        folder: Path | None = options["archive"]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        verdict = verify_streams(heads.read(options["heads"]) if options["heads"] else (), folder=folder)
        for line in (*verdict.given_up, *verdict.findings):
            self.print(str(line))
        if verdict.archives and folder is None:
            self.print(f"{verdict.told_of_archives} were not looked at: --archive FOLDER checks them.")
        self.print(str(verdict))
        if verdict.findings:
            sys.exit(1)
