"""What the tests of engines share: the server behind nginx, as docs/ has it, and projects there."""

from collections.abc import Iterator

import pytest

from tests.engines.project import Project
from tests.engines.shipped import Kms
from tests.support.certificates import new_pair
from tests.support.nodes import Balancer
from tests.support.servers import Server

QUIET = ("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the SDK's own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "project" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.needs("nginx"))
            for warning in QUIET:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="session")
def kms(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """The server as engines find it: by TLS, with a certificate that no authority of the system issued."""
    balancer = Balancer(tmp_path_factory.mktemp("nginx"), [server, server], new_pair())
    try:
        balancer.start()
        yield Kms(balancer.url, balancer.certificate)
    finally:
        balancer.stop()


@pytest.fixture(scope="module")
def project(server: Server, kms: Kms) -> Project:
    """A project for the tests of one file."""
    return Project(server, kms)


@pytest.fixture(scope="module")
def neighbour_project(server: Server, kms: Kms) -> Project:
    """A project of another account."""
    return Project(server, kms)
