"""Print the API's description, as `/api/openapi.json` serves it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from console.api.openapi import describe


class Command(BaseCommand):
    help = "Print the description of the API in OpenAPI 3.1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", default=settings.PUBLIC_URL, help="the address that it names")

    def handle(self, *_arguments: Any, server: str, **_options: Any) -> None:
        self.stdout.write(json.dumps(describe(server), ensure_ascii=False, indent=1, sort_keys=True))
