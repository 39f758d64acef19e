"""What both commands share: their options, and how they end."""

import argparse
import os
import re
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from kms_engines.client import Client
from kms_engines.errors import DataUnfit, EngineError
from kms_engines.settings import load_settings

SETTINGS = """\
settings, from the environment, else from a file that only its owner can read (KMS_CONFIG, ~/.config/kms-engines.toml):
  KMS_ENDPOINT    endpoint    https://kms.example.org
  KMS_PROJECT     project     the project's id
  KMS_ACCESS_KEY  access_key  of a user who may create and decrypt data keys
  KMS_SECRET_KEY  secret_key
  KMS_CA_CERT     ca_cert     a PEM file of the authorities that issued the KMS's certificate, if not the system's

exit status:
  0 done   2 wrong usage   3 settings   4 the KMS can't be reached: try again   5 the KMS refused
  6 a file is missing, in the way or damaged   7 in use   8 cryptsetup or qemu is missing or failed
"""
SIZES = {"M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
Work = Callable[[argparse.Namespace], None]


def new_parser(name: str, description: str, examples: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        name,
        description=description,
        epilog=f"examples:\n{examples}\n{SETTINGS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_key(parser: argparse.ArgumentParser, otherwise: str) -> None:
    parser.add_argument("--key", default="", metavar="KEY", help=f"id or alias of the KMS key; without it {otherwise}")


def add_rekey(parser: argparse.ArgumentParser) -> None:
    add_key(parser, "the present one")
    parser.add_argument(
        "--wrap-only",
        action="store_true",
        help="keep the data key, and wrap it anew by KEY or the newest version of the present key",
    )


def absolute(text: str) -> Path:
    """A path that no program takes for an option or for anything else."""
    return Path(os.path.abspath(text))


def size(text: str) -> int:
    """Bytes: `512M`, `10G`, `2T`."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([MGT])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 512M, 10G or 2T")
    return int(found[1]) * SIZES[found[2]]


def new_client() -> Client:
    return Client(load_settings())


def carry_out(parser: argparse.ArgumentParser, arguments: list[str] | None) -> NoReturn:
    """Do what the arguments say by their `work`, and exit; a failure is told in a line on stderr."""
    given = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold data keys; programs inherit it
    signal.signal(signal.SIGTERM, _end)
    try:
        given.work(given)
    except EngineError as error:
        sys.stderr.write(f"{parser.prog}: {' '.join(str(error).split())}\n")
        sys.exit(error.exit_status)
    except OSError as error:
        sys.stderr.write(f"{parser.prog}: {error.filename or 'This machine'}: {error.strerror}.\n")
        sys.exit(DataUnfit.exit_status)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.exit(0)


def _end(number: int, frame: FrameType | None) -> None:
    """By an exception, so that what is half done is taken back."""
    raise SystemExit(128 + number)
