"""Write the root key of an export to ROOT_KEY_FILE."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connection

from console.management.commands.exportrootkey import refuse_token
from console.management.passphrases import add_passphrase_option, passphrase_of
from console.management.sentences import SentenceCommand
from console.models import Protection
from console.serving.database import reach_database
from keys.crypto.errors import RootKeyMissing
from keys.crypto.exporting import LONGEST_TEXT, import_keys
from keys.crypto.providers import RootKeyFile
from keys.crypto.rootkey import RootKey


class Command(SentenceCommand):
    help = "Write the root keys of a file that exportrootkey made to ROOT_KEY_FILE, beside those that are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file that exportrootkey made")
        add_passphrase_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_token()
        if settings.ROOT_KEY:
            raise CommandError("The root key is given by ROOT_KEY, so a file would not be read: unset it first.")
        kept = RootKeyFile(settings.ROOT_KEY_FILE)
        imported = import_keys(_text_of(options["file"]), passphrase_of(options, is_new=False))
        present = _present(kept)
        for version, key in imported.items():
            if version in present and present[version].fingerprint != key.fingerprint:
                raise CommandError(
                    f"Version {version} of the root key in {kept.place} (fingerprint {present[version].fingerprint}) "
                    f"is not the export's ({key.fingerprint}): it was left as it is. Move it away if it is wrong."
                )
        _check_against_database({**present, **imported})
        new = {version: key for version, key in imported.items() if version not in present}
        if not new:
            self.print(f"{kept.place} has all of it already.")
            return
        kept.put(new)
        named = ", ".join(f"{version} ({new[version].fingerprint})" for version in sorted(new))
        self.print(f"Wrote version {named} of the root key to {kept.place}.")


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_TEXT).decode("ascii", "replace")
    except OSError as error:
        raise CommandError(f"The export {path} can't be read ({error.strerror}): correct its path.") from None


def _present(kept: RootKeyFile) -> dict[int, RootKey]:
    try:
        return kept.load()
    except RootKeyMissing:
        return {}


def _check_against_database(keys: dict[int, RootKey]) -> None:
    """CommandError where there is a database, and none of these keys protects it."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return
    reach_database()
    try:
        protection = Protection.objects.values("root_key_version", "root_key_fingerprint").first()
    except DatabaseError:
        return  # no tables yet
    if protection is None:
        return
    version, expected = protection["root_key_version"], protection["root_key_fingerprint"]
    if version not in keys or keys[version].fingerprint != expected:
        raise CommandError(
            f"The database is protected by version {version} of the root key with the fingerprint {expected}, which is "
            "not in the export: nothing was written. Use an export of this server's root key."
        )
