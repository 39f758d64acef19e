"""What the tests of engines share: the server behind nginx, and projects there."""

from collections.abc import Iterator

import pytest

from tests.engines.kms import Kms, behind_nginx
from tests.engines.project import Project
from tests.support.sdk import quiet
from tests.support.servers import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "project" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.needs("nginx"))
            quiet(item)


@pytest.fixture(scope="session")
def kms(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """The server as engines find it."""
    with behind_nginx(server, tmp_path_factory.mktemp("nginx")) as one:
        yield one


@pytest.fixture(scope="module")
def project(server: Server, kms: Kms) -> Project:
    """A project for the tests of one file."""
    return Project(server, kms)


@pytest.fixture(scope="module")
def neighbour_project(server: Server, kms: Kms) -> Project:
    """A project of another account."""
    return Project(server, kms)
