"""Let somebody try again to sign in, after too many failed attempts."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.access.caller import Caller
from console.management.sentences import SentenceCommand
from console.models import User
from console.operations.accounts import account_of_the_server
from console.operations.sessions import unlock, unlock_address
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key


class Command(SentenceCommand):
    help = "Let a user, or all who come from an address, try again to sign in after too many failed attempts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="ACCOUNT/USER", nargs="?", default="", help="the user's account and name")
        parser.add_argument("--address", default="", help="the address that is locked, whatever the name")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        if bool(options["user"]) == bool(options["address"]):
            raise CommandError("Give a user, as in northwind/alice, or --address and an address.")
        if options["address"]:
            account = account_of_the_server()
            if account is None:
                raise CommandError("There is no account yet: start the server once.")
            freed = unlock_address(Caller.server(account), options["address"])
        else:
            account_name, _, login = options["user"].partition("/")
            username = User.username_of(account_name, login)
            user = User.objects.select_related("account").filter(username=username).first()
            if user is None:
                raise CommandError(
                    f"There is no user {options['user']!r}: give account and user, as in northwind/alice."
                )
            freed = unlock(Caller.server(user.account), user)
        whom = options["user"] or options["address"]
        self.print(f"{whom} is unlocked; counts of failed attempts removed: {freed}.")
