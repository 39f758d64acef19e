"""An account of its own for each test of the wire, and the official SDK as its client."""

import uuid
from typing import Any

import pytest

from tests.support.sdk import Sdk, quiet
from tests.support.servers import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "sdk" in getattr(item, "fixturenames", ()):
            quiet(item)


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"wire-{uuid.uuid4().hex[:8]}", enterprise=True)


@pytest.fixture
def sdk(server: Server, account: dict[str, Any]) -> Sdk:
    return Sdk(server, account)
