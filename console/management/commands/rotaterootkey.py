"""Replace the root key by a new version, while the servers serve."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from console.management.sentences import SentenceCommand
from console.models import Process, Protection
from console.operations import root_key as rotation
from console.operations.rewrapping import Pass, count_wrapped, rewrap_all
from console.protection import provider
from console.serving.database import alone, leave_whole, require_migrated
from console.serving.keyfiles import check_root_key

BETWEEN_LOOKS: Final = 0.5
SETTLED: Final = 1.0
"""Seconds that a change may take from wrapping something to its commit: those begun under the old version are over."""
BETWEEN_LINES: Final = 5.0


class Command(SentenceCommand):
    help = (
        "Make the next version of the root key, have every serving process take it up, and wrap everything anew under "
        "it, while they serve; run it again if it was interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience", type=int, default=600, help="seconds to wait for processes that lack the new version (600)"
        )
        parser.add_argument(
            "--begin-anew", action="store_true", help="give up the new version that some process never got"
        )
        parser.add_argument(
            "--remove-old", action="store_true", help="only destroy the old versions, which the database needs no more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        with alone("rotaterootkey"):
            if options["remove_old"]:
                self._remove_old()
            else:
                self._rotate(options["patience"], begin_anew=options["begin_anew"])

    def _rotate(self, patience: int, *, begin_anew: bool) -> None:
        if begin_anew and rotation.begin_anew():
            self.print("The version that was announced is given up.")
        before = Protection.objects.get()
        announced = rotation.announce()
        version, fingerprint = announced.next_version, announced.next_fingerprint
        assert version is not None  # noqa: S101 - it was announced
        goes_on = "Going on with the rotation to" if before.next_version else "Rotating to"
        self.print(f"{goes_on} version {version}, fingerprint {fingerprint}, in {provider().place}.")
        self._wait(lambda: rotation.without(version, fingerprint), f"to have version {version}", patience)
        and_trail_key = rotation.make_current(announced)
        self.print(f"Version {version} is current.")
        made = self._rewrap(version, patience)
        if made.damaged:
            for one in made.damaged:
                self.print(f"damaged: {one}")
            raise CommandError(
                f"{len(made.damaged)} values don't open and stay under an older version: restore them from a backup, "
                "or delete what they belong to, and run this command again. Keep the older versions."
            )
        rotation.finish(version)
        leave_whole()  # nothing that is under an older version stays in SQLite's log
        self.print(f"Done: {made.anew + and_trail_key} values are wrapped anew, all are under version {version}.")
        self.print(
            "Older versions stay where they are: backups made before now need them. Once you have a copy of them "
            "(exportrootkey; a token's own backup), rotaterootkey --remove-old destroys them here."
        )

    def _rewrap(self, version: int, patience: int) -> Pass:
        """Pass after pass, until one that began after everybody wrapped under the new version finds nothing left."""
        made = [self._pass()]
        self._wait(lambda: rotation.behind(version), f"to wrap under version {version}", patience)
        while len(made) == 1 or made[-1].anew or made[-1].passed_over:
            time.sleep(SETTLED)
            made.append(self._pass())
        return Pass(sum(one.anew for one in made), damaged=made[-1].damaged)

    def _pass(self) -> Pass:
        every = 0.1 if sys.stderr.isatty() else BETWEEN_LINES
        with tqdm(total=count_wrapped(), desc="Wrapping anew", unit=" values", mininterval=every) as bar:
            return rewrap_all(bar.update)

    def _wait(self, those: Callable[[], Sequence[Process]], what: str, patience: int) -> None:
        """Wait until there are none of `those`, telling who they are; CommandError after `patience` seconds."""
        end, told = time.monotonic() + patience, ""
        while left := those():
            if (told_now := ", ".join(map(str, left))) != told:
                self.print(f"Waiting for {told_now} {what}.")
                told = told_now
            if time.monotonic() > end:
                raise CommandError(
                    f"{told_now} did not come {what} within {patience} seconds: give it the root key, or stop it, and "
                    "run this command again; it goes on from here."
                )
            time.sleep(BETWEEN_LOOKS)

    def _remove_old(self) -> None:
        removed = ", ".join(map(str, rotation.remove_old()))
        if not removed:
            self.print("There are no older versions of the root key here.")
            return
        self.print(f"Removed version {removed} of the root key from {provider().place}.")
        self.print(
            "Backups made while it was in use open only with it: keep a copy, or an export. Remove it on all nodes."
        )
