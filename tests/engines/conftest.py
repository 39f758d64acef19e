"""What the tests of engines share."""

import pytest

from tests.engines.project import Project
from tests.support.servers import Server


@pytest.fixture(scope="module")
def project(server: Server) -> Project:
    """A project for the tests of one file."""
    return Project(server)


@pytest.fixture(scope="module")
def neighbour_project(server: Server) -> Project:
    """A project of another account."""
    return Project(server)
