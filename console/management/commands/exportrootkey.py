"""Write the root key to a file, under a passphrase."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from console.management.passphrases import add_passphrase_option, passphrase_of
from console.management.sentences import SentenceCommand
from console.protection import provider
from keys.crypto import keyfile
from keys.crypto.exporting import export_keys
from keys.crypto.rootkey import RootKey


class Command(SentenceCommand):
    help = "Write all versions of the root key to a new file, under a passphrase: the copy that you keep elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file to make, of mode 0600")
        add_passphrase_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_token()
        keys = {version: key for version, key in provider().load().items() if isinstance(key, RootKey)}
        passphrase = passphrase_of(options, is_new=True)
        keyfile.create(options["file"], export_keys(keys, passphrase), "export")
        named = ", ".join(f"{version} ({keys[version].fingerprint})" for version in sorted(keys))
        self.print(f"Wrote the root key to {options['file']}: version {named}.")
        self.print("Keep it away from this machine, and the passphrase away from it.")


def refuse_token() -> None:
    """CommandError where the root key lies in a token."""
    if settings.ROOT_KEY_PKCS11:
        raise CommandError(
            f"The root key lies in {provider().place}, which gives it to nobody: copy it by the token's own backup."
        )
