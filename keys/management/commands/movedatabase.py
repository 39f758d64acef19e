"""Move the installation to PostgreSQL."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from console.access.verification import verify_streams
from console.management.sentences import SentenceCommand
from console.serving.database import database_name, in_turn, reach_database
from console.serving.folder import hold_folder, prepare_folder, require_not_moved
from console.transfer.backups import told
from console.transfer.moving import finish_move, is_marked_only, move
from keys.management.proofs import lines_of
from keys.operations.proving import prove_material


class Command(SentenceCommand):
    help = (
        "Copy the SQLite database of DATA_DIR to an empty PostgreSQL database, compare the two, and have no server "
        "start on the SQLite database again. No server may run; after a kill the same command goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="URL", help="postgres://user:password@host/name, unless DATABASE_URL is it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["to"]:
            _begin_anew_with(options["to"])
        if not settings.DATABASE_URL:
            raise CommandError("Give the PostgreSQL database to move to: --to postgres://user:password@host/name.")
        prepare_folder()
        hold_folder()
        reach_database()
        with in_turn():
            if is_marked_only():
                finish_move()
                self.print(f"Moved to the PostgreSQL database {database_name()}.")
                return
            require_not_moved()
            tallies = move(settings.DATA_DIR / "kms.sqlite3")
            proof, verdict = prove_material(), verify_streams()
            finish_move()
        self.print(f"Moved to the PostgreSQL database {database_name()}: {told(tallies)}.")
        self.print(f"Every table has the same rows there, and {proof}.")
        for line in lines_of(proof, verdict):
            self.print(line)
        self.print("From now on set DATABASE_URL to that database; all other settings, and the keys, stay as they are.")


def _begin_anew_with(url: str) -> None:
    """Run this command with the target as the settings' database: settings are read once, at the beginning."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise CommandError("Give --to an address of PostgreSQL: postgres://user:password@host/name.")
    os.environ["DATABASE_URL"] = url
    os.execv(sys.executable, [sys.executable, sys.argv[0], "movedatabase"])  # noqa: S606 - itself
