"""docs/sign-in.md is followed on a machine of its own, with a real provider in the place of its example."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docs_pages import Machine, follow
from tests.support.operated import ENVIRONMENT, Service
from tests.support.provider import Provider, provider, query_of


@pytest.fixture
def running() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.mark.needs("curl")
def test_the_page_leads_to_given_passwords_unlocked_names_and_a_provider(tmp_path: Path, running: Provider) -> None:
    machine = Machine(tmp_path)
    service = Service(machine)
    service.configure()
    service.start()

    def restart() -> None:
        service.stop()
        settings = machine.path(str(ENVIRONMENT))
        settings.write_text(re.sub("(?m)^OIDC_ISSUER=.*$", f"OIDC_ISSUER={running.issuer}", settings.read_text()))
        service.start()

    try:
        given, unlocked, _settings, _restarted, led = follow("sign-in.md", machine, {"systemctl restart kms": restart})
    finally:
        service.stop()

    assert given.count('"password"') == 2
    assert re.fullmatch(r"admin/admin is unlocked; .*: 0\.\n192\.0\.2\.7 is unlocked; .*: 0\.\n", unlocked)
    status, address = led.split()
    assert status == "302"
    assert address.startswith(f"{running.issuer}/oauth2/authorize?")
    assert query_of(address)["client_id"] == "kms"
