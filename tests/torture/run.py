"""`make torture`: everything of this folder as often as it is meant, on both databases, into docs/reliability.md.

Arguments name subjects, of which alone the figures are made anew (`run.py kills memory`); TORTURE is the part of all
that is done, 1 where nothing is said. It takes an hour, and PostgreSQL as the tests do.
"""

import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TORTURE", "1")

import psycopg  # noqa: E402

from tests.scale.figures import put  # noqa: E402
from tests.support.clocks import Clock  # noqa: E402
from tests.support.databases import KINDS  # noqa: E402
from tests.support.disks import Fullness, small_disk  # noqa: E402
from tests.support.postgres import private_postgres  # noqa: E402
from tests.support.servers import Server  # noqa: E402
from tests.support.tools import POSTGRES_URL, fresh_database  # noqa: E402
from tests.torture.amount import TORTURE, Figure, share  # noqa: E402
from tests.torture.test_clock import set_the_clock  # noqa: E402
from tests.torture.test_damage import cut_database, damage_material  # noqa: E402
from tests.torture.test_database import take_the_database_away  # noqa: E402
from tests.torture.test_disk import fill_the_disk  # noqa: E402
from tests.torture.test_folder import start_a_second  # noqa: E402
from tests.torture.test_kills import KILLS, kill_again_and_again  # noqa: E402
from tests.torture.test_memory import CALLS, call_again_and_again  # noqa: E402
from tests.torture.test_mutations import send_mutations  # noqa: E402
from tests.torture.test_storms import let_storms_loose  # noqa: E402
from tests.torture.test_trail import attack_the_trail  # noqa: E402

KEPT = ROOT / "test-results" / "torture.json"
"""The figures of earlier runs, by subject and database."""
Measure = Callable[[Path, str], Figure]


@contextmanager
def stopped(folder: Path, url: str, **settings: str) -> Iterator[Server]:
    """A server that started once and stopped, so that its database is whole; killed in the end."""
    server = Server(folder, {"DATABASE_URL": url, **settings})
    try:
        server.start()
        server.stop()
        yield server
    finally:
        server.kill()


def on_a_server(measure: Callable[[Server], Figure], *, runs: bool = True, **settings: str) -> Measure:
    """What is measured on a server that runs, or starts itself."""

    def on(folder: Path, url: str) -> Figure:
        with stopped(folder / "data", url, **settings) as server:
            if runs:
                server.start()
            return measure(server)

    return on


def disk(folder: Path, url: str) -> Figure:
    with small_disk(folder / "disk") as small, stopped(small / "data", url) as server:
        server.start()
        return fill_the_disk(server, Fullness(server, small))


def clock(folder: Path, url: str) -> Figure:
    clock = Clock(folder / "clock")
    with stopped(folder / "data", url, **clock.settings) as server:
        server.start()
        return set_the_clock(server, clock)


def database(folder: Path, _url: str) -> Figure:
    with private_postgres() as postgres, stopped(folder / "data", postgres.url) as server:
        server.start()
        return take_the_database_away(server, postgres)


SUBJECTS: dict[str, tuple[tuple[str, ...], Measure]] = {
    "kills": (KINDS, on_a_server(lambda server: kill_again_and_again(server, share(KILLS)), WORKERS="2")),
    "disk": (("sqlite",), disk),
    "database": (("postgresql",), database),
    "clock": (KINDS, clock),
    "damage": (KINDS, on_a_server(damage_material)),
    "cut": (("sqlite",), on_a_server(cut_database, runs=False)),
    "folder": (("sqlite",), on_a_server(start_a_second)),
    "mutations": (KINDS, on_a_server(send_mutations)),
    "storms": (KINDS, on_a_server(let_storms_loose)),
    "trail": (KINDS, on_a_server(attack_the_trail, runs=False)),
    "memory": (KINDS, on_a_server(lambda server: call_again_and_again(server, share(CALLS)), LOG_LEVEL="warning")),
}


def main() -> None:
    names = sys.argv[1:] or [*SUBJECTS]
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in names:
        kinds, measure = SUBJECTS[name]
        for kind in kinds:
            begun = time.monotonic()
            figure = measured(kind, measure)
            print(f"{name} on {kind}, {time.monotonic() - begun:.0f} s: {figure}", flush=True)
            kept[f"{name} {kind}"] = figure._asdict()
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=1))
    put("torture", table_of(kept), "reliability.md")
    if any(one["wrong"] for one in kept.values()):
        sys.exit("Not everything is as it should be.")


def measured(kind: str, measure: Measure) -> Figure:
    fresh = fresh_database() if kind == "postgresql" else nullcontext("")
    with TemporaryDirectory(prefix="kms-torture-") as folder, fresh as url:
        return measure(Path(folder), url)


def table_of(kept: dict[str, Any]) -> list[str]:
    titles = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    lines = [f"{datetime.now(UTC):%d %B %Y}; {machine()}; {TORTURE:.0%} of all.", ""]
    lines += ["| what was done | database | times | what was seen | lost or wrong |", "|---|---|---|---|---|"]
    for name, (kinds, _measure) in SUBJECTS.items():
        for kind in kinds:
            if one := kept.get(f"{name} {kind}"):
                lines.append(
                    f"| {one['what']} | {titles[kind]} | {one['times']:,} | {one['seen']} | {len(one['wrong'])} |"
                )
    return lines


def machine() -> str:
    with psycopg.connect(POSTGRES_URL) as connection:
        version = str(connection.info.parameter_status("server_version")).partition(" ")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release().partition('-')[0]}, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {version}"
    )


if __name__ == "__main__":
    main()
