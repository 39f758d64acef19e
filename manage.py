#!/usr/bin/env python
"""The project's commands: `up` serves; `createaccount`, `resetpassword` and Django's own work beside it."""

import os
import sys

from console import VERSION


def main() -> None:
    """Run the command line; a wrong setting ends in one sentence, never in a traceback."""
    if sys.argv[1:] in (["version"], ["--version"]):  # Django would tell its own
        sys.stdout.write(f"{VERSION}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
