"""Every call is decided by what the database holds now, whoever wrote it, though what was read may be kept."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.sdk import Sdk
from tests.support.servers import Server

Write = Callable[..., None]


@pytest.fixture
def write(server: Server) -> Write:
    """Another process writes into the server's database."""

    def write(statement: str, *parameters: Any) -> None:
        assert server.execute(statement, *parameters) == 1

    return write


def test_what_another_process_changes_counts_in_the_next_call(sdk: Sdk, account: dict[str, Any], write: Write) -> None:
    key_id = sdk.new_key()
    row, ak = key_id.replace("-", ""), account["access_key"]["ak"]
    for _ in range(10):
        for _ in range(3):
            assert sdk.encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
        write("UPDATE keys_key SET state = 3 WHERE id = %s", row)
        assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == (400, "KMS.0209")
        assert sdk.list_keys(limit="100", key_spec="ALL").key_details[0].key_state == "3"
        write("UPDATE keys_key SET state = 2 WHERE id = %s", row)
        assert sdk.encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
        write("UPDATE console_accesskey SET is_active = FALSE WHERE ak = %s", ak)
        assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == (401, "APIGW.0301")
        write("UPDATE console_accesskey SET is_active = TRUE WHERE ak = %s", ak)
        assert sdk.list_keys(limit="100", key_spec="ALL").key_details[0].key_state == "2"


def test_what_the_server_itself_changes_counts_in_the_next_call(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    for number in range(10):
        sealed = sdk.encrypt_data(key_id=key_id, plain_text="x").cipher_text
        sdk.disable_key(key_id=key_id)
        assert sdk.refusal("decrypt_data", cipher_text=sealed) == (400, "KMS.0209")
        assert sdk.list_keys(limit="100", key_spec="ALL").key_details[0].key_state == "3"
        sdk.enable_key(key_id=key_id)
        assert sdk.decrypt_data(cipher_text=sealed).plain_text == "x"
        sdk.update_key_alias(key_id=key_id, key_alias=f"name-{number}")
        assert sdk.list_keys(limit="100", key_spec="ALL").key_details[0].key_alias == f"name-{number}"


DELETED = "UPDATE keys_key SET deletion_at = %s WHERE id = %s"
EXPIRED = "UPDATE keys_key SET material_expires_at = %s WHERE id = %s"


@pytest.mark.parametrize(
    ("statement", "refusal", "left"),
    [(DELETED, (404, "KMS.0207"), []), (EXPIRED, (400, "KMS.0310"), ["5"])],
    ids=["deletion", "expiry"],
)
def test_what_time_alone_changes_counts_at_its_moment(
    sdk: Sdk, write: Write, statement: str, refusal: tuple[int, str], left: list[str]
) -> None:
    key_id = sdk.new_key()
    moment = datetime.now(UTC) + timedelta(seconds=3)
    write(statement, str(moment.replace(tzinfo=None)), key_id.replace("-", ""))
    while datetime.now(UTC) < moment - timedelta(seconds=0.5):
        assert sdk.encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
        assert sdk.list_keys(limit="100", key_spec="ALL").key_details[0].key_state == "2"
        time.sleep(0.1)
    time.sleep(max(0, (moment - datetime.now(UTC)).total_seconds()) + 0.01)

    assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == refusal
    assert [key.key_state for key in sdk.list_keys(limit="100", key_spec="ALL").key_details] == left
