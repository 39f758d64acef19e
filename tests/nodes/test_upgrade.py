"""One node after the other is stopped and started as a newer version, and no request fails meanwhile."""

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.nodes.conftest import Cluster
from tests.support.load import Answer, Client, calling
from tests.support.nodes import newer_program
from tests.support.servers import Server
from tests.support.visitors import Visitor

CLIENTS = 24


def test_a_rolling_upgrade_fails_no_request(cluster: Cluster, account: dict[str, Any], tmp_path: Path) -> None:
    newer = newer_program(tmp_path / "newer")
    with Visitor(cluster.balancer, account, trusted=cluster.trusted) as visitor:
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())

    def mixed(client: Client, number: int) -> Iterator[Answer]:
        """Short calls mostly, a new key, and a page of the console."""
        made = client.kms("create-key", key_alias=f"k{uuid.uuid4().hex}")
        yield made
        if made.status != 200:
            return
        key_id = made.content["key_info"]["key_id"]
        for _ in range(10):
            yield client.kms("encrypt-data", key_id=key_id, plain_text="x")
            yield client.kms("list-keys", limit="1")
        address = f"/console/{client.project}/kms/keys?rows=10"
        yield client.send("GET", address, "", {"Cookie": cookies}, "page")

    with calling(CLIENTS, lambda: cluster.client(account), mixed) as answers:
        for node in cluster.nodes:
            cluster.wait_until_busy(node)
            assert stop(node) < 5
            node.program = newer
            node.start()
            cluster.wait_until_busy(node)

    assert {program_of(node) for node in cluster.nodes} == {newer}
    assert [line for node in cluster.nodes for line in node.log().splitlines() if "Traceback" in line] == []
    failed = Counter((one.asked, one.status, str(one.content)[:300]) for one in answers if one.status != 200)
    assert failed == Counter()
    assert len(answers) > 1_000


def stop(node: Server) -> float:
    """Stop it; how many seconds it took."""
    assert node.process
    begun = time.monotonic()
    node.process.terminate()
    assert node.process.wait(15) == 0
    return time.monotonic() - begun


def program_of(node: Server) -> Path:
    """The folder whose code it runs."""
    assert node.process
    return Path(Path(f"/proc/{node.process.pid}/cmdline").read_bytes().split(b"\0")[1].decode()).parent
