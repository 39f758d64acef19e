"""The two databases that the tests run on.

A process of the tests is on one of them, by TEST_DATABASE: the tests' own database is there, and so is that of each
server that they start without naming one. A test runs once on each, unless it is told apart in `kinds_for`.
"""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import tools

KINDS = ("sqlite", "postgresql")
OWN = os.environ.get("TEST_DATABASE") or "sqlite"
"""The database of this process."""
WITHOUT = re.compile(
    r"tests/(crypto/|engines/|packages/|test_(addresses|assets|floors|ids|settings|times|translations)\.py)"
    r"|tests/commands/test_(createaccount|disablesecondfactor|resetpassword|root_key_in_token|stopping|tls|trail|up|up_refuses)\.py"
    r"|tests/api/test_(fuzz|signing)\.py"
    r"|tests/browser/(?!test_create_key\.py)|tests/pages/test_oidc\.py|tests/torture/test_mutations\.py"
    r"|tests/web/test_(csrf|headers|hosts|injection|proxies|rate_limits|scripting|smuggling)\.py"
)
"""Tests of what knows no database, or whose outcome (of processes, files, sockets, mathematics) none decides: they run
once, on whichever is free, as those marked `without_database` do. So does how pages look and answer to keys and clicks:
what they say is held on both by tests/pages, and Create Key in the browser too."""
DOCUMENTED = re.compile(r"tests/docs/")
"""Pages of docs/ name the database that they are about: these tests run once."""
_KIND = re.compile(r"[\[-](sqlite|postgresql)\](@|$)")
_made = ExitStack()
_urls: dict[Path, str] = {}


def kinds_for(item: pytest.Item) -> tuple[str, ...]:
    """The databases that a test runs on: none where it knows none, one where it is about that one."""
    marked = tuple(kind for kind in KINDS if item.get_closest_marker(kind))
    path = item.nodeid.partition("::")[0]
    if marked or WITHOUT.match(path) or item.get_closest_marker("without_database"):
        return marked
    return ("sqlite",) if DOCUMENTED.match(path) else KINDS


def kind_of(nodeid: str) -> str:
    """The database that a test with this id runs on; nothing where that is all the same."""
    found = _KIND.search(nodeid)
    return found[1] if found else ""


def url_for(folder: Path, like: Path | None = None) -> str:
    """The URL of the PostgreSQL database that belongs to a server's folder as its SQLite file would: made when it is
    asked for first, empty or as a copy of that of the folder `like`. It is there until `drop_all`."""
    if folder not in _urls:
        template = name_of(like) if like else "template1"
        _urls[folder] = _made.enter_context(tools.fresh_database(template))
    return _urls[folder]


def name_of(folder: Path) -> str:
    """The name of that database."""
    return urlsplit(url_for(folder)).path.removeprefix("/")


def drop_all() -> None:
    """Drop the databases of all folders."""
    _made.close()
