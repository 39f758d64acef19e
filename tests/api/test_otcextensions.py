"""A second outside client (API contract, 7): otcextensions with openstacksdk 4.4.0, by a password's token."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.support import tools
from tests.support.servers import ROOT, Server

pytestmark = pytest.mark.otcextensions


OWN_TESTS = "otcextensions.tests.functional.sdk.kms.v1"
MODULES = ("test_data_key", "test_key", "test_misc", "test_quota", "test_service")


def run(server: Server, account: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the client's Python as the account's first user, in his first project."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "OS_CLOUD": "envvars",
        "OS_AUTH_URL": f"{server.url}/v3",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_USERNAME": account["user"]["name"],
        "OS_USER_DOMAIN_NAME": account["account"]["name"],
        "OS_PASSWORD": account["user"]["password"],
        "OS_PROJECT_ID": account["projects"][0]["id"],
        "OS_REGION_NAME": account["projects"][0]["region"],
    }
    command = [str(tools.python_of(tools.OTC)), "-W", "ignore", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def seen(server: Server, account: dict[str, Any]) -> Any:
    """What came of every call that the client has."""
    done = run(server, account, str(ROOT / "tests" / "otc" / "calls.py"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_call_of_otcextensions_works(seen: Any, account: dict[str, Any]) -> None:
    key = seen["create_key"]
    alias = seen["get_key"]["alias"]

    assert key["domain_id"] == account["account"]["id"]
    assert seen["get_key"]["state"] == "2"
    assert seen["find_key"] == key["id"]
    assert seen["keys"] == seen["keys by pages of one"] == [f"{alias}-2", alias]
    assert seen["keys that are disabled"] == [alias]
    assert [seen[one] for one in ("disable_key", "enable_key")] == ["3", "2"]
    assert [seen[one] for one in ("schedule_key_deletion", "cancel_key_deletion")] == ["4", "3"]
    assert seen["create_datakey"] == 64
    assert seen["create_datakey_wo_plain"] == {"plain_text": None, "has_cipher_text": True}
    assert seen["encrypt_datakey"] == {"has_cipher_text": True, "length": "64"}
    assert seen["decrypt_datakey"] is True
    assert (seen["generate_random"], seen["get_instance_number"]) == (64, 2)
    assert seen["quotas"][0] == ["CMK", 2, 20]
    assert len(seen["quotas"]) == 2


def test_otcextensions_understands_refusals(seen: Any) -> None:
    assert seen["create_key again"].startswith("DuplicateResource")
    assert "NotFoundException" in seen["get_key of nothing"]


def test_the_one_known_exception_is_a_context_left_out(seen: Any) -> None:
    assert "KMS.2201" in seen["decrypt_datakey without its context"]


def test_the_clients_own_tests_pass_but_for_the_known_exception(server: Server, account: dict[str, Any]) -> None:
    done = run(server, account, "-m", "unittest", "-v", *(f"{OWN_TESTS}.{module}" for module in MODULES))

    results = dict(re.findall(rf"^{re.escape(OWN_TESTS)}\.(\S+) \.\.\. (\w+)$", done.stderr, re.MULTILINE))
    assert len(results) == 7, done.stderr
    assert {name for name, result in results.items() if result != "ok"} == {"test_data_key.TestDataKey.test_dek"}, (
        done.stderr
    )
    assert "KMS.2201" in done.stderr
