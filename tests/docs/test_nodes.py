"""docs/nodes.md, followed on one node: what the page says of the others is the same again."""

from pathlib import Path

import httpx
import pytest

from tests.support import tools
from tests.support.certificates import new_pair
from tests.support.docs_pages import Machine, blocks_of, follow
from tests.support.nodes import Balancer, settings_of
from tests.support.servers import Server, free_port


@pytest.mark.needs("curl", "nginx")
@pytest.mark.postgresql
def test_the_page_leads_to_a_node_behind_nginx_and_through_its_upgrade(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.path("/etc/kms/kms.env").write_text(f"PORT={free_port()}\n")
    node, not_there_yet = Server(machine.path("/var/lib/kms")), Server(tmp_path / "other")
    balancer = Balancer(tmp_path / "nginx", [node, not_there_yet], new_pair())
    (settings,) = [block for block in blocks_of("nodes.md") if block.startswith("cat >> /etc/kms/kms.env")]

    with tools.fresh_database() as url:

        def write_settings() -> str:
            return machine.run(settings.replace("postgres://kms:password@db.example.org/kms", url))

        def start() -> str:
            node.settings = settings_of(machine)
            node.port = int(node.settings["PORT"])
            return node.start()

        def ask_through_nginx() -> str:
            return httpx.get(f"{balancer.url}/readyz", verify=False).text  # noqa: S501 - the certificate of another name

        instead = {
            "cat >> /etc/kms/kms.env": write_settings,
            "systemctl start kms": start,
            "install -m 644 /opt/kms/docs/deploy/nginx.conf": balancer.start,
            "curl -fsS https://kms.example.org/readyz": ask_through_nginx,
            "systemctl stop kms": node.stop,
        }
        try:
            printed = follow("nodes.md", machine, instead)
        finally:
            balancer.stop()
            node.kill()

    assert "The console is at https://kms.example.org" in printed[2]
    assert [one for one in printed if "ready" in one] == ["ready\n"] * 3
    assert printed[-1].splitlines()[-1].startswith("INTACT: ")
    assert (machine.path("/etc/kms/root.key").stat().st_mode & 0o777) == 0o600
