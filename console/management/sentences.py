"""Commands whose refusals people read."""

import os
import sys
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from console.serving.database import unreachable
from keys.crypto.errors import CryptoError


class SentenceCommand(BaseCommand):
    """A command that ends in one sentence on stderr and exit 1 where it can't do its work; never in a traceback."""

    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def execute(self, *args: Any, **options: Any) -> str | None:
        os.umask(0o077)
        try:
            return super().execute(*args, **options)
        except ValidationError as error:
            sys.exit(" ".join(error.messages))
        except (CommandError, CryptoError) as error:
            sys.exit(str(error))
        except OperationalError as error:
            sys.exit(unreachable(error))

    def print(self, line: str) -> None:
        """Print `line` on stdout at once, a pipe included."""
        self.stdout.write(line)
        self.stdout.flush()
