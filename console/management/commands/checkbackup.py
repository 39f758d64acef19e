"""Check a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from console.management.sentences import SentenceCommand
from console.transfer.backups import check_backup


class Command(SentenceCommand):
    help = "Open a backup and read it whole, from its first byte to its last; nothing else is touched or needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        self.print(f"Whole: {path}: {check_backup(path)}")
