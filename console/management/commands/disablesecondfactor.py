"""Take a user's second factor away, who lost it."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.access.caller import Caller
from console.management.sentences import SentenceCommand
from console.models import User
from console.operations.second_factor_rules import disable_second_factor
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key


class Command(SentenceCommand):
    help = "Take a user's second factor away, which ends his sessions and tokens; print what he had as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="ACCOUNT/USER", help="the user's account and name")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        account, _, login = options["user"].partition("/")
        user = User.objects.select_related("account").filter(username=User.username_of(account, login)).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}: give account and user, as in northwind/alice.")
        had = disable_second_factor(Caller.server(user.account), user)
        removed = {
            "authenticator": had.authenticator is not None,
            "passkeys": [one.name for one in had.passkeys],
            "recovery_codes": had.recovery_codes,
        }
        described = {
            "account": {"id": user.account.pk, "name": user.account.name},
            "user": {"id": user.pk, "name": user.login},
            "removed": removed,
        }
        self.print(json.dumps(described, ensure_ascii=False))
