"""A server whose root key lies in a PKCS#11 token: made there at the first start, and never anywhere else."""

from pathlib import Path

import httpx
import pytest

from tests.commands.test_root_key import Busy, protected
from tests.support.commands import sentence
from tests.support.softhsm import PIN, SoftHsm

pytestmark = pytest.mark.needs("softhsm2-util")


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return SoftHsm(tmp_path / "hsm")


def test_it_serves_rotates_and_restarts_and_gets_over_a_token_that_was_away(new_server, hsm):
    server = new_server(**hsm.settings)
    server.start()
    busy = Busy.on(server)
    assert not (server.data_dir / "root.key").exists()

    hsm.take_away()
    with busy.client(server) as client:
        refused = client.post("create-key", key_alias="away", key_spec="AES_256")
    readiness = httpx.get(f"{server.url}/readyz")
    hsm.bring_back()

    assert (refused.status_code, refused.json()["error"]["error_code"]) == (503, "KMS.0104")
    assert "token" in refused.json()["error"]["error_msg"]
    assert (readiness.status_code, readiness.text) == (503, "not ready: root key\n")
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    assert busy.opens(server)
    assert "in the token kms of" in server.manage("rotaterootkey")
    assert protected(server) == {1: 0, 2: 5}
    assert busy.opens(server)
    server.stop()

    hsm.pin_file.write_text("000000")
    assert "is not tried again" in sentence(server.try_to_manage("up"))
    hsm.pin_file.write_text(PIN)
    hsm.take_away()
    assert "the token kms" in sentence(server.try_to_manage("up"))
    hsm.bring_back()

    server.start()
    assert busy.opens(server)
    assert "Traceback" not in server.log()
