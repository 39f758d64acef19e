"""What some tests need of the machine: Chromium, a PostgreSQL server, environments of other clients, programs of
Debian's packages. With CI=true all are required."""

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

IS_CI = os.environ.get("CI") == "true"
# First the same Chromium without the windows around it, which opens a page in a fifth of the time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ROOT = Path(__file__).resolve().parents[2]
OTC, ENGINES = ROOT / ".venv-otc", ROOT / ".venv-engines"
PACKAGES = {
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "cryptsetup": "cryptsetup-bin",
    "curl": "curl",
    "debugfs": "e2fsprogs",
    "etcd": "etcd-server",
    "faketime": "faketime",
    "fuse2fs": "fuse2fs",
    "fusermount3": "fuse3",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "nginx": "nginx-light",
    "patroni": "patroni",
    "qemu-img": "qemu-utils",
    "qemu-storage-daemon": "qemu-system-common",
    "rados": "ceph-common",
    "radosgw": "radosgw",
    "rclone": "rclone",
    "softhsm2-util": "softhsm2",
    "systemd-analyze": "systemd",
}
"""Programs that tests marked `needs` ask for, and the Debian packages that bring them; `.ci/run` installs these."""
SERVERS = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", *SERVERS])
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"


@cache
def chromium() -> str | None:
    """The path of Chromium."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@cache
def has_postgresql() -> bool:
    """Whether the PostgreSQL server lets us in."""
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@cache
def python_of(environment: Path) -> Path | None:
    """The Python of an environment of other clients, OTC or ENGINES, where it is complete."""
    return environment / "bin" / "python" if (environment / ".complete").exists() else None


@cache
def program(name: str) -> str | None:
    """The path of a program of PACKAGES."""
    return shutil.which(name, path=PLACES)


def missing_programs(names: Iterable[str]) -> str:
    """What to do where some of these programs can't be found; else nothing."""
    packages = [PACKAGES[name] for name in names if program(name) is None]
    return f"It needs programs that are not here: install the packages {' '.join(packages)}." if packages else ""


@cache
def missing() -> dict[str, str]:
    """By marker, what to do where its tests can't run here."""
    reasons = {}
    if chromium() is None:
        reasons["browser"] = "Browser tests need Chromium: install the package chromium."
    if not has_postgresql():
        reasons["postgresql"] = (
            "PostgreSQL tests need a server: install the package postgresql and start it on 127.0.0.1:5432, or set "
            "TEST_POSTGRES_URL to one where databases may be created."
        )
    if python_of(OTC) is None:
        reasons["otcextensions"] = "Tests with otcextensions need its own environment: run make .venv-otc/.complete."
    if python_of(ENGINES) is None:
        reasons["engines"] = "Tests with engines need an environment of clients: run make .venv-engines/.complete."
    return reasons


@contextmanager
def fresh_database(like: str = "template1") -> Iterator[str]:
    """The URL of a new PostgreSQL database, which is dropped in the end: an empty one, or one that holds what the
    database `like` does, which nobody may be connected to."""
    name = f"kms_test_{uuid.uuid4().hex}"
    _administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)))
    try:
        yield urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))
    finally:
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _administer(statement: sql.Composed) -> None:
    """By a connection for this alone: many databases are there at once, and all share PostgreSQL's hundred."""
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(statement)
