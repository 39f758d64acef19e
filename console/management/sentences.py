"""Commands whose refusals people read."""

import os
import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from console.memory import keep_out_of_dumps
from console.serving.refusals import REFUSALS, sentence_of


class SentenceCommand(BaseCommand):
    """A command that ends in one sentence on stderr and exit 1 where it can't do its work; never in a traceback."""

    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def execute(self, *args: Any, **options: Any) -> str | None:
        os.umask(0o077)
        keep_out_of_dumps()
        try:
            return super().execute(*args, **options)
        except REFUSALS as error:
            sys.exit(sentence_of(error))

    def print(self, line: str) -> None:
        """Print `line` on stdout at once, a pipe included."""
        self.stdout.write(line)
        self.stdout.flush()
