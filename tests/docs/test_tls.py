"""docs/tls.md, followed."""

from pathlib import Path

import pytest

from tests.support.docs_pages import Machine, follow
from tests.support.nodes import settings_of
from tests.support.servers import Server, free_port


@pytest.mark.needs("curl")
def test_the_page_leads_to_a_server_that_speaks_tls_and_renews_its_certificate(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.path("/etc/kms/kms.env").write_text(f"PORT={free_port()}\n")
    server = Server(machine.path("/var/lib/kms"))

    def restart() -> str:
        server.settings = settings_of(machine)
        server.port = int(server.settings["PORT"])
        return server.start().splitlines()[0]

    try:
        printed = follow("tls.md", machine, {"systemctl restart kms": restart})
    finally:
        server.kill()

    assert printed[2] == "The console is at https://kms.example.org"
    assert printed[3] == "ready\n"
    assert printed[-1].startswith("notAfter=")
    assert "The certificate was read anew." in server.log()
