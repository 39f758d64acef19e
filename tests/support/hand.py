"""A process that runs management commands and code for the tests, one after the other: Django starts once for all.

Each line of stdin is a JSON object: a `command` with its arguments, or `code` as for `manage.py shell`. Its answer is a
line with what was `printed`, or the `error`. The process ends with its stdin.
"""

import contextlib
import io
import json
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db import connections


def answer(wish: dict[str, Any]) -> dict[str, str]:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            if "code" in wish:
                exec(wish["code"], {})  # noqa: S102 - the tests' own
            else:
                call_command(*wish["command"], stdout=printed)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told to the test
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        connections.close_all()
    return {"printed": printed.getvalue()}


if __name__ == "__main__":
    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)  # noqa: T201
