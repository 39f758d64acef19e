"""Speed and size, as the README gives them: `make bench-size` prints one Markdown table.

Server time is that of the whole WSGI application (middleware, queries, template) without network; sizes and memory are
those of a real server. Everything happens in a folder of its own that is removed in the end.
"""

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory(prefix="kms-bench-")
os.environ |= {"DATA_DIR": FOLDER.name, "DJANGO_SETTINGS_MODULE": "console.settings", "LOG_LEVEL": "warning"}
ROUNDS = 60
AS_A_BROWSER = {"Accept": "text/html", "Accept-Encoding": "br"}


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from console.protection import protect
    from keys.crypto.providers import RootKeyFile

    RootKeyFile(Path(FOLDER.name) / "root.key").add(1)
    (Path(FOLDER.name) / "secret.key").write_text("bench " * 10)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    protect()
    print("| what | figure |\n|---|---|")
    pages()
    growth()
    server()


def pages() -> None:
    from tests.scale.filling import fill

    (user,) = fill(accounts=1, keys_each=20, prefix="pages")
    place = user.account.projects.order_by("region_id")[0]
    ask = asking(user)
    listing, dialog = f"/console/{place.pk}/kms/keys", f"/console/{place.pk}/kms/keys/create"
    print(f"| key list, 20 keys: queries | {queries(lambda: ask(listing))} |")
    print(f"| key list, 20 keys: server time, median | {median(lambda: ask(listing)):.1f} ms |")
    print(f"| dialog Create Key: queries | {queries(lambda: ask(dialog, htmx=True))} |")
    print(f"| dialog Create Key: server time, median | {median(lambda: ask(dialog, htmx=True)):.1f} ms |")


def growth() -> None:
    from tests.scale.filling import fill

    (small,) = fill(accounts=1, keys_each=100, prefix="small")
    place = small.account.projects.order_by("region_id")[0]
    ask = asking(small)
    before = median(lambda: ask(f"/console/{place.pk}/kms/keys"))
    fill(accounts=1_000, keys_each=100, prefix="large")
    after = median(lambda: ask(f"/console/{place.pk}/kms/keys"))
    print(f"| key list, 100 keys in all: server time, median | {before:.1f} ms |")
    print(
        f"| key list, 100,000 keys over 1,000 accounts: server time, median | {after:.1f} ms ({after / before:.2f}x) |"
    )


def server() -> None:
    import httpx

    from tests.support.servers import Server

    one = Server(Path(FOLDER.name) / "up")
    one.start()
    try:
        account = one.create_account("visitor")
        for _ in range(20):
            with httpx.Client(base_url=one.url, follow_redirects=True) as browser:
                browser.get("/sign-in")
                fields = {"account": "visitor", "user": "visitor", "password": account["user"]["password"]}
                browser.post("/sign-in", data={**fields, "csrfmiddlewaretoken": browser.cookies["csrf"]})
        print(f"| first page load, everything, compressed | {first_load(one.url, account) / 1024:.0f} KB |")
        print(f"| resident memory of a worker after 20 sign-ins | {resident(one) / 1024:.0f} MB |")
    finally:
        one.stop()


def first_load(url: str, account: dict[str, Any]) -> int:
    """Bytes over the wire of the key list's page and of every file that it names."""
    import re

    import httpx

    total = 0
    with httpx.Client(base_url=url, follow_redirects=True, headers=AS_A_BROWSER) as browser:
        browser.get("/sign-in")
        fields = {"account": "visitor", "user": "visitor", "password": account["user"]["password"]}
        page = browser.post("/sign-in", data={**fields, "csrfmiddlewaretoken": browser.cookies["csrf"]})
        files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
        for address in [str(page.url), *sorted(files)]:
            with browser.stream("GET", address) as answer:
                total += sum(len(chunk) for chunk in answer.iter_raw())
    return total


def resident(one: object) -> int:
    """KB of resident memory of the largest process of the server: its worker."""
    import subprocess

    pid = str(one.process.pid)  # type: ignore[attr-defined]
    children = subprocess.run(["ps", "-o", "rss=", "--ppid", pid], capture_output=True, text=True, check=True)
    return max(int(line) for line in children.stdout.split())


def asking(user: object) -> Callable[..., bytes]:
    """A signed-in browser without a network: call it with a path to get the page."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from console.serving.worker import django_pages

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = user.pk  # type: ignore[attr-defined]
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    session.save()

    def ask(path: str, *, htmx: bool = False) -> bytes:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": f"session={session.session_key}; csrf={'x' * 32}; timezone=UTC",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            **({"HTTP_HX_REQUEST": "true"} if htmx else {}),
        }
        status: list[str] = []

        def start(line: str, headers: list[tuple[str, str]], problem: object = None) -> Callable[[bytes], object]:
            status.append(line)
            return bytes

        body = b"".join(django_pages(environ, start))
        if not status[0].startswith("200"):
            raise RuntimeError(f"{path}: {status[0]}")
        return body

    return ask


def median(work: Callable[[], object]) -> float:
    """Milliseconds, the median of many rounds after a few to warm up."""
    for _ in range(5):
        work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def queries(work: Callable[[], object]) -> int:
    """How many statements the database gets, by Django's cursor or prepared."""
    from django.core import signals
    from django.db import connection, reset_queries

    from console import sql

    prepared, rows = 0, sql.Query.rows

    def counted(query: sql.Query, *parameters: object) -> list[sql.Row]:
        nonlocal prepared
        prepared += 1
        return rows(query, *parameters)

    connection.force_debug_cursor = True
    signals.request_started.disconnect(reset_queries)
    reset_queries()
    sql.Query.rows = counted  # type: ignore[method-assign,assignment]
    try:
        work()
        kinds = [one["sql"].split()[0] for one in connection.queries]
    finally:
        sql.Query.rows = rows  # type: ignore[method-assign]
        signals.request_started.connect(reset_queries)
        connection.force_debug_cursor = False
    return prepared + sum(kind in {"SELECT", "INSERT", "UPDATE", "DELETE"} for kind in kinds)


if __name__ == "__main__":
    main()
