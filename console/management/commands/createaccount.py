"""Make an account with its first user, projects and access key."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.management.passwords import add_password_options, password_of
from console.management.sentences import SentenceCommand
from console.operations.accounts import NewAccount, create_account
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key

HIGHEST_QUOTA = 2**31 - 1


class Command(SentenceCommand):
    help = (
        "Make an account with its first user, who may do everything in it, projects and access key; print them as JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the account and of its first user")
        parser.add_argument("--enterprise", action="store_true", help="an enterprise account, with enterprise projects")
        parser.add_argument("--quota", type=int, default=20, help="how many keys it may have (20)")
        add_password_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["quota"] <= HIGHEST_QUOTA:
            raise CommandError(f"The quota is {options['quota']}: give a whole number from 0 to {HIGHEST_QUOTA}.")
        require_migrated()
        check_root_key()
        made = create_account(
            None,
            name=options["name"],
            is_enterprise=options["enterprise"],
            key_quota=options["quota"],
            password=password_of(options),
            to_be_changed=options["change_password"],
        )
        self.print(json.dumps(_described(made), ensure_ascii=False))


def _described(made: NewAccount) -> dict[str, Any]:
    projects = sorted(made.projects, key=lambda one: (not one.is_main, one.region_id, one.name))
    return {
        "account": {"id": made.account.pk, "name": made.account.name, "enterprise": made.account.is_enterprise},
        "user": {"id": made.user.pk, "name": made.user.login, "password": made.password},
        "projects": [{"id": one.pk, "name": one.name, "region": one.region_id} for one in projects],
        "access_key": {"ak": made.access_key.ak, "sk": made.secret_key},
    }
