"""Servers to start, stop and break."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import Server, copy_stopped, free_port

NewServer = Callable[..., Server]


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
def known_server(new_server: NewServer, started_once: Path, tmp_path: Path) -> NewServer:
    """Makes servers that started once and stopped."""

    def make(name: str = "data", **settings: str) -> Server:
        copy_stopped(started_once, tmp_path / name)
        return new_server(name, **settings)

    return make


@pytest.fixture
def own_server(known_server: NewServer) -> Server:
    """A running server whose database is nobody else's."""
    server = known_server()
    server.start()
    return server


@pytest.fixture
def root_key_text() -> str:
    """A root key that no database has."""
    return base64.b64encode(bytes(range(100, 132))).decode()


@pytest.fixture
def unused_port() -> int:
    """A port where nobody listens."""
    return free_port()
