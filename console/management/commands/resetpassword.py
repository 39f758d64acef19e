"""Give a user a new password."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.access.caller import Caller
from console.management.passwords import add_password_options, password_of
from console.management.sentences import SentenceCommand
from console.models import User
from console.operations.users import new_password, set_password
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key


class Command(SentenceCommand):
    help = "Give a user a new password, which ends his sessions; print it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="ACCOUNT/USER", help="the user's account and name")
        add_password_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        account, _, login = options["user"].partition("/")
        user = User.objects.select_related("account").filter(username=User.username_of(account, login)).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}: give account and user, as in northwind/alice.")
        password = password_of(options) or new_password()
        set_password(Caller.server(user.account), user, password, to_be_changed=options["change_password"])
        described = {
            "account": {"id": user.account.pk, "name": user.account.name, "enterprise": user.account.is_enterprise},
            "user": {"id": user.pk, "name": user.login, "password": password},
        }
        self.print(json.dumps(described, ensure_ascii=False))
