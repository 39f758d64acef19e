"""Two nodes on one database, and nginx before them."""

import ssl
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import tools
from tests.support.certificates import new_pair
from tests.support.load import Client
from tests.support.nodes import Balancer, new_node
from tests.support.sdk import quiet
from tests.support.servers import PATIENCE, Server, free_port

BUSY = 100


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.needs("nginx"))
            item.add_marker(pytest.mark.postgresql)
            item.add_marker(pytest.mark.xdist_group("nodes"))
            quiet(item)


class Cluster(NamedTuple):
    """Two nodes that run, and what stands before them."""

    one: Server
    other: Server
    balancer: Balancer

    @property
    def nodes(self) -> tuple[Server, Server]:
        return self.one, self.other

    @property
    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.balancer.certificate)

    def client(self, account: dict[str, Any]) -> Client:
        """Who calls through the balancer."""
        return Client(self.balancer.url, account, self.balancer.certificate)

    def wait_until_busy(self, node: Server) -> None:
        """Wait until a node has answered BUSY more requests of the balancer's: it is in the midst of them."""
        before, end = len(self.balancer.requests()), time.monotonic() + PATIENCE
        while self.answered_by(node, before) < BUSY:
            assert time.monotonic() < end, node.log()
            time.sleep(0.1)

    def answered_by(self, node: Server, since: int) -> int:
        """How many of the balancer's requests, but so many, a node has answered."""
        asked = [one for one in self.balancer.requests()[since:] if one["node"].endswith(f":{node.port}")]
        return sum(one["status"] in {200, 201, 204} for one in asked)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Both are found running, and have to be left so."""
    folder, port = tmp_path_factory.mktemp("nodes"), free_port()
    with tools.fresh_database() as url:
        nodes = [new_node(folder / name, url, f"https://127.0.0.1:{port}") for name in ("one", "other")]
        balancer = Balancer(folder / "nginx", nodes, new_pair(), port)
        try:
            for node in nodes:
                node.spawn()
            for node in nodes:
                node.wait_until_ready()
            balancer.start()
            yield Cluster(nodes[0], nodes[1], balancer)
        finally:
            balancer.stop()
            for node in nodes:
                node.kill()


@pytest.fixture
def account(cluster: Cluster) -> dict[str, Any]:
    return cluster.one.create_account(f"nodes-{uuid.uuid4().hex[:8]}", enterprise=True, quota=100_000)


@pytest.fixture
def stranger(cluster: Cluster) -> dict[str, Any]:
    """Another account."""
    return cluster.one.create_account(f"stranger-{uuid.uuid4().hex[:8]}")
