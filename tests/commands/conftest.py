"""Servers to start, stop and break."""

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import tools
from tests.support.servers import Server, free_port, running

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that started and stopped, to be copied."""
    folder: Path = tmp_path_factory.mktemp("started-once") / "data"
    with running(folder):
        pass
    return folder


@pytest.fixture(scope="session")
def started_once_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of such a server on PostgreSQL, and the name of its database; both to be copied."""
    folder: Path = tmp_path_factory.mktemp("started-once-on-postgresql") / "data"
    with tools.fresh_database() as url:
        with running(folder, DATABASE_URL=url):
            pass
        yield folder, urlsplit(url).path.removeprefix("/")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A running server whose database is nobody else's, on each of the two in turn; it has started once before."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            folder, database = request.getfixturevalue("started_once_on_postgresql")
            settings = {"DATABASE_URL": stack.enter_context(tools.fresh_database(like=database))}
        else:
            folder, settings = request.getfixturevalue("started_once"), {}
        shutil.copytree(folder, tmp_path / "data", copy_function=shutil.copy2)
        yield stack.enter_context(running(tmp_path / "data", **settings))


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    """Makes servers that never started; whatever runs of them in the end is killed."""
    made: list[Server] = []

    def make(name: str = "data", **settings: str) -> Server:
        made.append(Server(tmp_path / name, settings))
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture
def known_server(new_server: NewServer, started_once: Path) -> NewServer:
    """Makes servers that started once and stopped."""

    def make(name: str = "data", **settings: str) -> Server:
        one = new_server(name, **settings)
        shutil.copytree(started_once, one.data_dir, copy_function=shutil.copy2)
        return one

    return make


@pytest.fixture
def root_key_text() -> str:
    """A root key that no database has."""
    return base64.b64encode(bytes(range(100, 132))).decode()


@pytest.fixture
def unused_port() -> int:
    """A port where nobody listens."""
    return free_port()
