"""Passphrases given to commands: typed twice, or one line of stdin."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from keys.crypto.exporting import SHORTEST_PASSPHRASE


def add_passphrase_option(parser: CommandParser) -> None:
    """Add `--passphrase-stdin`."""
    parser.add_argument(
        "--passphrase-stdin",
        action="store_true",
        help="read the passphrase, one line, from stdin; else it is asked for",
    )


def passphrase_of(options: dict[str, Any], *, is_new: bool) -> str:
    """The line on stdin, or what is typed, where it `is_new` twice. CommandError where there is none."""
    try:
        if options["passphrase_stdin"]:
            passphrase = sys.stdin.readline().rstrip("\r\n")
        elif not sys.stdin.isatty():
            raise CommandError("There is nobody to ask for a passphrase: give it by --passphrase-stdin.")
        else:
            passphrase = getpass.getpass("Passphrase: ")
            if is_new and getpass.getpass("Once more: ") != passphrase:
                raise CommandError("The two passphrases differ: begin again.")
    except UnicodeDecodeError:
        raise CommandError("The passphrase is not UTF-8 text.") from None
    if is_new and len(passphrase) < SHORTEST_PASSPHRASE:
        raise CommandError(f"The passphrase is too short: use {SHORTEST_PASSPHRASE} characters or more.")
    if not passphrase:
        raise CommandError("There is no passphrase.")
    return passphrase
