"""What all tests share: protection, three people, real servers, and the tools that some tests need."""

import gc
import importlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from console import protection
from console.access import stream
from console.access.caller import Caller
from console.models import Region
from console.operations.roles import RoleWish
from console.operations.users import update_user
from tests.support import databases, tools
from tests.support.patroni import QUICK, Cluster, patroni_cluster
from tests.support.people import Person, colleague, owner
from tests.support.servers import Server, copy_stopped, running

pytest_plugins = ["tests.support.sharing"]
DATABASE_FIXTURES = {"db", "transactional_db", "alice", "bob", "reading", "charlie", "caller", "neighbour"}


# Python's memory

gc.disable()  # until all is imported, which stays


def pytest_collection_finish() -> None:
    """Have the collector leave out what is there by now, and look less often: it took a fifth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


# The tools


def pytest_configure(config: pytest.Config) -> None:
    lacking = [*tools.missing().values(), *filter(None, [tools.missing_programs(tools.PACKAGES)])]
    if tools.IS_CI and lacking and not hasattr(config, "workerinput"):
        raise pytest.UsageError(" ".join(["CI=true asks for all tests.", *lacking]))
    if databases.OWN in tools.missing():
        raise pytest.UsageError(tools.missing()[databases.OWN])


def pytest_report_header() -> list[str]:
    return [f"skipped: {reason}" for reason in tools.missing().values()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, reason in tools.missing().items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
        for needs in item.iter_markers("needs"):
            if reason := tools.missing_programs(needs.args):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if tools.IS_CI and report.skipped:
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped, and CI=true asks for all tests."
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, which asks nothing of any other host."""
    quiet = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    return {**browser_type_launch_args, "executable_path": tools.chromium(), "args": quiet.split()}


@pytest.fixture
def any_database() -> str:
    """The database that the test is on: `sqlite` and `postgresql` in turn."""
    return databases.OWN


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's, which can't drop PostgreSQL's database while the scribe's thread is connected to it."""
    yield
    if databases.OWN == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Commands close what they make to others, for the rest of their process: here for the rest of their test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


# Protection


@pytest.fixture(autouse=True)
def _protected(request: pytest.FixtureRequest, any_database: str) -> Iterator[None]:
    """A root key that is the database's own, and a trail that begins anew, for every test that uses the database."""
    protection.forget()
    stream.forget_stream()
    if request.node.get_closest_marker("django_db") or DATABASE_FIXTURES & {*request.fixturenames}:
        is_transactional = "transactional_db" in request.fixturenames
        request.getfixturevalue("transactional_db" if is_transactional else "_django_db_helper")
        if not Region.objects.exists():  # a transactional test before this one emptied every table
            importlib.import_module("console.migrations.0002_regions").seed(apps, None)
        protection.protect()
    yield
    protection.forget()
    stream.forget_stream()


# The people


@pytest.fixture
def alice(db: None) -> Person:
    """The owner of the enterprise account `northwind`."""
    return owner("northwind", is_enterprise=True)


@pytest.fixture
def bob(alice: Person) -> Person:
    """A user of `northwind` without any role."""
    return colleague(alice, "bob")


@pytest.fixture
def reading(bob: Person) -> Client:
    """A browser of Bob's, who may read keys and nothing else."""
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS CMKReadOnlyAccess")])
    return bob.client()


@pytest.fixture
def charlie(db: None) -> Person:
    """The owner of another account, `southwind`."""
    return owner("southwind")


@pytest.fixture
def caller(alice: Person) -> Caller:
    """Alice in her project in ap-southeast-3."""
    return alice.caller


@pytest.fixture
def neighbour(charlie: Person) -> Caller:
    """Charlie in his own project in ap-southeast-3."""
    return charlie.caller


# The servers


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that started and stopped, to be copied."""
    folder: Path = tmp_path_factory.mktemp("started-once") / "data"
    with running(folder):
        pass
    return folder


@pytest.fixture(scope="session")
def server(started_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server, shared by the tests of this process: make an account of your own in it."""
    folder = tmp_path_factory.mktemp("server") / "data"
    copy_stopped(started_once, folder)
    with running(folder) as one:
        yield one


@pytest.fixture(scope="session")
def patroni() -> Iterator[Cluster]:
    """Two PostgreSQL nodes under Patroni: leave both there. Mark the tests that use it `postgresql`,
    `needs("patroni", "etcd", "initdb")` and `xdist_group("patroni")`."""
    with patroni_cluster(QUICK) as one:
        yield one


@pytest.fixture(scope="session")
def patroni_node(patroni: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows both nodes."""
    folder: Path = tmp_path_factory.mktemp("patroni-node") / "data"
    with running(folder, DATABASE_URL=patroni.url, WORKERS="2") as one:
        yield one
