"""The command kms-image."""

import argparse
import sys
from typing import NoReturn

from kms_engines import image
from kms_engines.command import absolute, add_key, add_rekey, carry_out, new_client, new_parser

DESCRIPTION = """\
Encrypted images: qcow2 with LUKS inside, whose data key lies wrapped in <image>.json beside it and is unwrapped by the
KMS. Keep both files together, and copy both."""
EXAMPLES = """\
  kms-image encrypt debian.raw debian.qcow2 --key alias/images
  kms-image decrypt debian.qcow2 debian.raw
  kms-image rekey debian.qcow2                       # a new data key; the image stays as it is
  kms-image rekey --wrap-only --key alias/new debian.qcow2
"""


def main(arguments: list[str] | None = None) -> NoReturn:
    parser = new_parser("kms-image", DESCRIPTION, EXAMPLES)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    encrypt = commands.add_parser("encrypt", help="make an encrypted image of a plain one")
    encrypt.add_argument("source", metavar="PLAIN", type=absolute, help="a plain image")
    encrypt.add_argument("image", metavar="IMAGE", type=_image, help="the encrypted image to make")
    encrypt.add_argument("--format", default="", choices=image.FORMATS, help="of PLAIN; without it, it is recognised")
    add_key(encrypt, image.DEFAULT_KEY)
    encrypt.set_defaults(work=_encrypt)

    decrypt = commands.add_parser("decrypt", help="make a plain image of an encrypted one")
    decrypt.add_argument("image", metavar="IMAGE", type=_image, help="an encrypted image")
    decrypt.add_argument("target", metavar="PLAIN", type=absolute, help="the plain image to make")
    decrypt.add_argument("--format", default="raw", choices=image.FORMATS, help="of PLAIN (default: raw)")
    decrypt.set_defaults(work=_decrypt)

    rekey = commands.add_parser("rekey", help="change the data key, or with --wrap-only the key around it")
    rekey.add_argument("image", metavar="IMAGE", type=_image, help="an encrypted image")
    add_rekey(rekey)
    rekey.set_defaults(work=_rekey)
    carry_out(parser, arguments)


def _image(text: str) -> image.Image:
    return image.Image(absolute(text), shows_progress=sys.stderr.isatty())


def _encrypt(given: argparse.Namespace) -> None:
    image.encrypt(given.source, given.image, new_client(), given.key, given.format)


def _decrypt(given: argparse.Namespace) -> None:
    image.decrypt(given.image, given.target, new_client(), given.format)


def _rekey(given: argparse.Namespace) -> None:
    image.rekey(given.image, new_client(), given.key, wraps_only=given.wrap_only)


if __name__ == "__main__":
    main()
