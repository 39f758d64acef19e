"""Passwords given to commands: through a pipe, not on the command line, which every user of the machine can read."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser


def add_password_options(parser: CommandParser) -> None:
    """Add `--password-stdin` and `--change-password`."""
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password, one line, from stdin; else one is made"
    )
    parser.add_argument(
        "--change-password", action="store_true", help="have the user change the password at the next sign-in"
    )


def password_of(options: dict[str, Any]) -> str:
    """The line on stdin where `--password-stdin` is given, else nothing."""
    if not options["password_stdin"]:
        return ""
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandError("The password on stdin is not UTF-8 text.") from None
    if not password:
        raise CommandError("There is no password on stdin: write it there as one line.")
    return password
