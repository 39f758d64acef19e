"""Restore a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from console.management.sentences import SentenceCommand
from console.serving.folder import hold_folder, prepare_folder
from console.transfer.restoring import restore
from keys.management.proofs import lines_of
from keys.operations.sweeping import wipe
from keys.restoring import Keys


class Command(SentenceCommand):
    help = (
        "Put a backup in the place of what the database holds, all or nothing. No server may run. What is replaced is "
        "kept aside."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="even though there is an installation already")
        parser.add_argument(
            "--delete-again",
            action="store_true",
            help="destroy the material of keys that were destroyed since the backup, so that they do not live again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, keys = Path(options["file"]), Keys(options["delete_again"])
        prepare_folder()
        hold_folder()
        done = restore(path, replace=options["replace"], service=keys)
        wipe()
        self.print(f"Restored {path}: {done.backup}")
        self.print(f"Every table has the rows of the backup, and {keys.proof}.")
        for line in lines_of(keys.proof, done.verdict):
            self.print(line)
        self._tell_of(keys)
        if done.replaced:
            self.print(f"What was replaced lies in {done.replaced}: delete it once all is well.")

    def _tell_of(self, keys: Keys) -> None:
        if keys.revived is None:
            self.print("Keys that were deleted since the backup live again: which ones can't be known here.")
            return
        for one in keys.revived:
            end = "its material was destroyed again" if keys.delete_again and one.deleted else "it lives again"
            self.print(f"{one}; {end}.")
        self.print(f"Keys deleted, or to be deleted, since the backup: {len(keys.revived)}.")
