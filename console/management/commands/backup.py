"""Back the installation up."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from console.management.sentences import SentenceCommand
from console.serving.database import require_known
from console.transfer.files import back_up_to, back_up_to_stdout


class Command(SentenceCommand):
    help = (
        "Write all that the database holds to one file, as it stands at this moment, sealed under the root key, "
        "which is not in it. The server may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to make (- for stdout)")

    def handle(self, *args: Any, **options: Any) -> None:
        require_known()
        if options["file"] == "-":
            if sys.stdout.isatty():
                raise CommandError("A backup is not for a terminal: give a file, or lead stdout into a program.")
            self.stderr.write(f"Backup: {back_up_to_stdout()}")
        else:
            path = Path(options["file"])
            self.print(f"Backup {path}: {back_up_to(path)}")
        settings.BACKUP_STAMP.touch()
