"""The command kms-volume."""

import argparse
import sys
from typing import NoReturn

from kms_engines import volume
from kms_engines.command import absolute, add_key, add_rekey, carry_out, new_client, new_parser, size

DESCRIPTION = """\
Encrypted volumes: LUKS in a file, opened by a data key that lies wrapped in <volume>.json beside it and that the KMS
unwraps each time. Whoever may not use the KMS key, or all while it is disabled, can't open the volume. Keep both files
together, and copy both."""
EXAMPLES = """\
  kms-volume create /srv/accounts.luks 10G --key alias/disks
  disk=$(kms-volume open /srv/accounts.luks)     # the plain disk: /srv/accounts.luks.plain
  mkfs.ext4 "$disk" && mount -o loop "$disk" /mnt
  umount /mnt && kms-volume close /srv/accounts.luks
  kms-volume rekey /srv/accounts.luks            # a new data key; works while the volume is open, too
"""


def main(arguments: list[str] | None = None) -> NoReturn:
    parser = new_parser("kms-volume", DESCRIPTION, EXAMPLES)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    create = _command(commands, "create", "make a volume; it takes space as it is written to", _create)
    create.add_argument("size", metavar="SIZE", type=size, help="of the plain disk: 512M, 10G, 2T")
    add_key(create, volume.DEFAULT_KEY)
    _command(commands, "open", "serve the plain disk as a file, and print its path", _open)
    _command(commands, "close", "take it away; when this returns, all is written", _close)
    add_rekey(_command(commands, "rekey", "change the data key, or with --wrap-only the key around it", _rekey))
    carry_out(parser, arguments)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, work: object
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("volume", metavar="VOLUME", type=lambda one: volume.Volume(absolute(one)), help="its file")
    parser.set_defaults(work=work)
    return parser


def _create(given: argparse.Namespace) -> None:
    volume.create(given.volume, given.size, new_client(), given.key)


def _open(given: argparse.Namespace) -> None:
    sys.stdout.write(f"{volume.open_volume(given.volume, new_client())}\n")


def _close(given: argparse.Namespace) -> None:
    volume.close(given.volume)


def _rekey(given: argparse.Namespace) -> None:
    volume.rekey(given.volume, new_client(), given.key, wraps_only=given.wrap_only)


if __name__ == "__main__":
    main()
