"""docs/high-availability.md, followed on two PostgreSQL nodes under Patroni."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.docs_pages import Machine, follow
from tests.support.patroni import Cluster
from tests.support.servers import Server

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.needs("patroni", "etcd", "initdb", "curl"),
    pytest.mark.xdist_group("patroni"),
]


class Administrator(Machine):
    """A machine whose network leads to the cluster's own ports, and to those of a KMS server."""

    cluster: Cluster
    server: Server

    def own(self, text: str) -> str:
        text = super().own(text).replace("/etc/patroni/", f"{self.path('/etc/patroni')}/")
        return self.cluster.with_own_addresses(text).replace("127.0.0.1:8000", f"127.0.0.1:{self.server.port}")


def test_the_page_leads_to_two_nodes_that_change_places(patroni: Cluster, patroni_node: Server, tmp_path: Path) -> None:
    machine = Administrator(tmp_path)
    machine.cluster, machine.server = patroni, patroni_node
    machine.path("/etc/kms/kms.env").write_text(f"DATABASE_URL='{patroni.url}'\n")
    config, written = machine.path("/etc/patroni/config.yml"), []

    def start_patroni() -> None:
        """Both nodes run since before: their settings lie where the page has put its own."""
        written.append(config.read_text())
        shutil.copyfile(patroni.nodes[0].config, config)

    installed = (
        "apt-get install --yes etcd-server",
        "systemctl enable etcd",
        "apt-get install --yes postgresql",
        "echo softdog",
        'read -rsp "Password',
        "systemctl restart kms",
    )
    others: dict[str, Callable[[], object]] = {
        **dict.fromkeys(installed, lambda: None),
        "chown postgres:postgres": start_patroni,
        "systemctl stop kms": patroni_node.stop,
        "systemctl start kms": patroni_node.start,
    }
    printed = follow("high-availability.md", machine, others)

    assert "change-" not in written[0]
    assert written[0].count("10.0.0.12:") == 5, "etcd's and four lines of db2's own"
    said = "\n".join(printed)
    assert said.count('"health":"true"') == 3
    assert f"127.0.0.1|{patroni.nodes[0].address.rpartition(':')[2]}|f" in said
    assert 'Successfully switched over to "db2"' in said
    assert "synchronous_mode_strict: true" in said
    assert (patroni.primary, patroni.standby) == (patroni.nodes[1], patroni.nodes[0])
