"""Servers to start, stop and break."""

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import Server, free_port, running

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that started and stopped, to be copied."""
    folder: Path = tmp_path_factory.mktemp("started-once") / "data"
    with running(folder):
        pass
    return folder


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
