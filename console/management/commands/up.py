"""Prepare what is missing, then serve console, REST API and admin."""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError

from console import VERSION
from console.management.sentences import SentenceCommand
from console.operations.accounts import create_first_account
from console.operations.users import forget_initial_password
from console.partitions import make_partitions
from console.serving.apart import apart
from console.serving.assets import collect_static_files
from console.serving.database import in_turn
from console.serving.folder import hold_folder, prepare_folder
from console.serving.greeting import greeting
from console.serving.keyfiles import prepare_root_key, prepare_secret_key
from console.serving.port import listening_address
from console.serving.presence import forget_others
from console.serving.processes import keep_to_itself, serve
from console.serving.tls import check_certificate
from console.serving.upgrading import bring_up_to_date, require_usable

logger = logging.getLogger(__name__)


class Command(SentenceCommand):
    help = "Serve console, REST API and admin; the first start makes folder, keys, database and the account admin."

    def handle(self, *args: Any, **options: Any) -> None:
        keep_to_itself()
        address = listening_address()
        check_certificate()
        prepare_folder()
        hold_folder()
        lines = apart(prepare)
        if listening_address() != address:
            raise CommandError("HOST names another address than a moment ago: set an IP address.")
        serve(address, lines)


def prepare() -> Sequence[str]:
    """Keys, database, first account and static files; the lines to greet with."""
    logger.info("Version %s begins.", VERSION)
    require_usable()
    prepare_secret_key()
    with in_turn():
        bring_up_to_date()
        make_partitions()
        forget_others()
        prepare_root_key()
        first = create_first_account()
    if first is None:
        forget_initial_password()
    collect_static_files()
    return greeting(first)
