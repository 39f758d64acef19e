"""docs/monitoring.md, followed: a running server is scraped, its alerts are checked, its log is searched."""

import promql_parser
import pytest
import yaml

from tests.support.docs_pages import Machine, blocks_of, follow
from tests.support.servers import Server

ALERTS, JOURNAL = "promtool check rules /opt/kms/docs/deploy/alerts.yml", "journalctl -u kms -o cat"
REQUEST = "01a21eb74ee16e10529c795c12a4c81f"
FAILURE = f'{{"message": "A request was answered.", "request_id": "{REQUEST}", "operation": "sign", "status": 503}}\n'


@pytest.mark.needs("curl")
def test_the_page_is_followed(server: Server, tmp_path) -> None:
    machine = Machine(tmp_path)
    machine.path("/etc/kms/kms.env").write_text(f"PORT={server.port}\n")
    log = machine.path("/var/lib/kms/log")
    log.write_text(server.log() + 2 * FAILURE)

    def check_rules() -> None:
        """What Prometheus' own tool reads: it comes with a service of 96 MB, so the grammar has to do here."""
        rules = yaml.safe_load(machine.path("/opt/kms/docs/deploy/alerts.yml").read_text())["groups"][0]["rules"]
        assert all(promql_parser.parse(one["expr"]) for one in rules)
        assert f"SUCCESS: {len(rules)} rules found" in machine.path("/opt/kms/docs/monitoring.md").read_text()

    def searched(block: str) -> str:
        """What a block finds in a log that is no journal."""
        return machine.run(block.replace(f"{JOURNAL} --since -1h", JOURNAL).replace(JOURNAL, f"cat {log}"))

    journal = {block: lambda block=block: searched(block) for block in blocks_of("monitoring.md") if JOURNAL in block}
    scraped, _rules, of_request, failures = follow("monitoring.md", machine, {ALERTS: check_rules, **journal})

    assert scraped.count("kms_build_info{") == scraped.count("kms_root_key_info{") == 1
    assert of_request.splitlines() == 2 * [FAILURE.strip()]
    assert failures.split() == ["2", '"operation":', '"sign",', '"status":', "503"]
