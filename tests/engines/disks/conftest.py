"""An account of its own for each test, and kms-engines' client in its first project."""

import uuid
from typing import Any

import pytest
from kms_engines.client import Client
from kms_engines.settings import Settings

from tests.support.sdk import Sdk
from tests.support.servers import Server

QUIET = ("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the SDK's own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "sdk" in getattr(item, "fixturenames", ()):
            for warning in QUIET:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"engines-{uuid.uuid4().hex[:8]}", enterprise=True)


@pytest.fixture
def sdk(server: Server, account: dict[str, Any]) -> Sdk:
    """The official SDK in the same project: what an administrator does to keys meanwhile."""
    return Sdk(server, account)


@pytest.fixture
def settings(server: Server, account: dict[str, Any]) -> Settings:
    key = account["access_key"]
    return Settings(server.url, account["projects"][0]["id"], key["ak"], key["sk"])


@pytest.fixture
def client(settings: Settings) -> Client:
    return Client(settings)
