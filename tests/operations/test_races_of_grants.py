"""Grants when many ask at once, on a real server with SQLite and with PostgreSQL."""

import uuid
from collections import Counter
from typing import Any

import pytest

from tests.operations.test_races_of_rotation import at_once
from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
MANY = 16


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"racer-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def grantee(server: Server) -> dict[str, Any]:
    return server.create_account(f"grantee-{uuid.uuid4().hex[:8]}")


def test_the_101st_grant_is_refused_even_when_16_ask_at_once(
    server: Server, account: dict[str, Any], grantee: dict[str, Any]
) -> None:
    sdk, other = Sdk(server, account), Sdk(server, grantee)
    key_id, user = sdk.new_key(), grantee["user"]["id"]
    sdk.create_grant(key_id=key_id, grantee_principal=user, operations=["create-grant", "sign", "encrypt-data"])
    wish = {"key_id": key_id, "grantee_principal": user, "operations": ["sign"]}
    for _ in range(94):
        sdk.create_grant(**wish)

    answers = at_once(
        *[lambda: bool(sdk.create_grant(**wish).grant_id)] * (MANY // 2),
        *[lambda: bool(other.create_grant(**wish).grant_id)] * (MANY // 2),
    )

    assert Counter(answers) == {True: 5, "KMS.2404": MANY - 5}
    assert sdk.list_grants(key_id=key_id).total == 100
    assert sdk.show_user_quotas().quotas.resources[1].used == 100
    assert other.show_user_quotas().quotas.resources[1].used == 0


def test_a_grant_that_ends_while_it_is_used_leaves_no_error_and_nothing_to_use(
    server: Server, account: dict[str, Any], grantee: dict[str, Any]
) -> None:
    sdk, other = Sdk(server, account), Sdk(server, grantee)
    key_id, user = sdk.new_key(), grantee["user"]["id"]
    names = ["create-grant", "encrypt-data", "retire-grant"]
    grant_id = sdk.create_grant(key_id=key_id, grantee_principal=user, operations=names).grant_id

    answers = at_once(
        *[lambda: other.encrypt_data(key_id=key_id, plain_text="x").key_id] * MANY,
        *[lambda: sdk.cancel_grant(key_id=key_id, grant_id=grant_id).to_dict()] * 4,
        *[lambda: other.cancel_self_grant(key_id=key_id, grant_id=grant_id).to_dict()] * 4,
    )

    assert {*answers[:MANY]} <= {key_id, "KMS.0207"}
    ended = answers[MANY:]
    assert ended.count({}) == 1
    assert all(one in {"KMS.2501", "KMS.0207"} for one in ended if one != {})
    assert other.refusal("encrypt_data", key_id=key_id, plain_text="x") == (404, "KMS.0207")
    assert sdk.list_grants(key_id=key_id).grants == []


def test_both_accounts_traces_of_calls_that_come_together_are_one_unbroken_chain(
    server: Server, account: dict[str, Any], grantee: dict[str, Any]
) -> None:
    sdk, other = Sdk(server, account), Sdk(server, grantee)
    key_id, user = sdk.new_key(), grantee["user"]["id"]
    sdk.create_grant(key_id=key_id, grantee_principal=user, operations=["encrypt-data", "decrypt-data"])

    def use(client: Sdk) -> Any:
        sealed = client.encrypt_data(key_id=key_id, plain_text="secret").cipher_text
        return client.decrypt_data(cipher_text=sealed).plain_text

    answers = at_once(*[lambda: use(sdk)] * MANY, *[lambda: use(other)] * MANY)

    assert answers == ["secret"] * 2 * MANY
    server.manage("verifytraces")
