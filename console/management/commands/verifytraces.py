"""Check the trail."""

import sys
from argparse import FileType
from typing import Any

from django.core.management.base import CommandParser

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

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        verdict = verify_streams(heads.read(options["heads"]) if options["heads"] else ())
        for line in (*verdict.given_up, *verdict.findings):
            self.print(str(line))
        self.print(str(verdict))
        if verdict.findings:
            sys.exit(1)
