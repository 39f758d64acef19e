"""Keys' lives by the official SDK: created, listed, described, renamed, disabled, enabled, deleted, and how many."""

import uuid
from typing import Any

import pytest

from tests.support.sdk import Sdk
from tests.support.servers import Server


def test_a_key_is_created_and_described(sdk: Sdk, account: dict[str, Any]) -> None:
    key_id = sdk.new_key("RSA_2048", key_alias="orders", key_description="描述 é")

    seen = sdk.list_key_detail(key_id=key_id).key_info

    assert seen.domain_id == account["account"]["id"]
    assert (seen.key_alias, seen.key_spec, seen.key_usage, seen.key_state) == ("orders", "RSA_2048", "SIGN_VERIFY", "2")
    assert (seen.key_description, seen.realm, seen.origin) == ("描述 é", "ap-southeast-1", "kms")
    assert (seen.scheduled_deletion_date, seen.default_key_flag, seen.sys_enterprise_project_id) == ("", "0", "0")
    assert (seen.keystore_id, seen.key_rotation_enabled) == ("0", "false")
    assert len(seen.creation_date) == 13


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"key_alias": "a b"}, 400, "KMS.1101"),
        ({"key_alias": "x/default"}, 400, "KMS.1101"),
        ({"key_alias": "x", "key_spec": "SECP256K1"}, 400, "KMS.1110"),
        ({"key_alias": "x", "key_usage": "SIGN_VERIFY"}, 400, "KMS.0308"),
        ({"key_alias": "x", "key_description": "x" * 256}, 400, "KMS.1103"),
        ({"key_alias": "x", "enterprise_project_id": "no-such"}, 400, "KMS.0308"),
        ({}, 400, "KMS.0204"),
    ],
)
def test_refusals_carry_the_codes_of_the_contract(sdk: Sdk, fields: dict[str, str], status: int, code: str) -> None:
    assert sdk.refusal("create_key", **fields) == (status, code)


def test_a_taken_alias_an_unknown_key_and_a_malformed_id_are_told_apart(sdk: Sdk) -> None:
    sdk.new_key(key_alias="once")

    assert sdk.refusal("create_key", key_alias="once") == (400, "KMS.1104")
    assert sdk.refusal("list_key_detail", key_id=str(uuid.uuid4())) == (404, "KMS.0207")
    assert sdk.refusal("list_key_detail", key_id="zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz") == (404, "KMS.0207")
    assert sdk.refusal("list_key_detail", key_id="no-id") == (400, "KMS.0205")
    assert sdk.refusal("list_key_detail", key_id="once") == (400, "KMS.0205")


def test_states_follow_each_other_as_the_contract_says(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    assert sdk.disable_key(key_id=key_id).key_info.key_state == "3"
    assert sdk.refusal("disable_key", key_id=key_id) == (400, "KMS.1301")
    assert sdk.enable_key(key_id=key_id).key_info.key_state == "2"
    assert sdk.refusal("enable_key", key_id=key_id) == (400, "KMS.1201")
    scheduled = sdk.delete_key(key_id=key_id, pending_days="7")
    assert (scheduled.key_id, scheduled.key_state) == (key_id, "4")
    seen = sdk.list_key_detail(key_id=key_id).key_info
    assert seen.key_state == "4"
    assert int(seen.scheduled_deletion_date) - int(seen.creation_date) == pytest.approx(7 * 86_400_000, abs=60_000)
    assert sdk.refusal("delete_key", key_id=key_id, pending_days="7") == (400, "KMS.1402")
    cancelled = sdk.cancel_key_deletion(key_id=key_id)
    assert (cancelled.key_id, cancelled.key_state) == (key_id, "3")
    assert sdk.refusal("cancel_key_deletion", key_id=key_id) == (400, "KMS.1501")


@pytest.mark.parametrize("days", ["6", "1097", "0", "-7", "week", ""])
def test_a_deletion_waits_7_to_1096_days(sdk: Sdk, days: str) -> None:
    assert sdk.refusal("delete_key", key_id=sdk.new_key(), pending_days=days) == (400, "KMS.1401")


@pytest.mark.parametrize("days", [7, "1096"])
def test_days_come_as_text_or_as_a_number(sdk: Sdk, days: Any) -> None:
    assert sdk.delete_key(key_id=sdk.new_key(), pending_days=days).key_state == "4"


def test_an_external_key_waits_for_its_material_and_again_after_a_cancelled_deletion(sdk: Sdk) -> None:
    key_id = sdk.new_key(origin="external")

    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "5"
    assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == (400, "KMS.0310")
    sdk.delete_key(key_id=key_id, pending_days="7")
    assert sdk.cancel_key_deletion(key_id=key_id).key_state == "5"


def test_alias_and_description_change(sdk: Sdk) -> None:
    key_id = sdk.new_key(key_alias="old")

    assert sdk.update_key_alias(key_id=key_id, key_alias="new").key_info.key_alias == "new"
    assert sdk.update_key_description(key_id=key_id, key_description="").key_info.key_description == ""
    assert sdk.list_key_detail(key_id=key_id).key_info.key_alias == "new"
    assert sdk.refusal("update_key_description", key_id=key_id) == (400, "KMS.0204")


def test_a_list_goes_on_from_its_marker_newest_first(sdk: Sdk) -> None:
    made = [sdk.new_key(key_alias=f"k{number}") for number in range(5)]
    seen, marker = [], ""
    while True:
        page = sdk.list_keys(limit="2", marker=marker)
        assert [one.key_id for one in page.key_details] == page.keys
        assert (page.total, page.truncated) == (5, "true" if page.next_marker else "false")
        seen += page.keys
        if not (marker := page.next_marker):
            break
        assert marker.isdecimal()

    assert seen == made[::-1]


def test_a_list_shows_aes_256_unless_asked_for_more_and_filters(sdk: Sdk) -> None:
    aes, sm4, disabled = sdk.new_key(), sdk.new_key("SM4"), sdk.new_key()
    sdk.disable_key(key_id=disabled)

    assert sdk.list_keys().keys == [disabled, aes]
    assert sdk.list_keys(key_spec="ALL").keys == [disabled, sm4, aes]
    assert sdk.list_keys(key_spec="SM4").keys == [sm4]
    assert sdk.list_keys(key_spec="ALL", key_state="3").keys == [disabled]
    assert sdk.list_keys(key_spec="ALL", enterprise_project_id="0").total == 3
    assert sdk.list_keys(key_spec="ALL", enterprise_project_id="no-such").keys == []
    assert sdk.list_keys(limit=2000, marker=0, key_spec="ALL").total == 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"limit": "0"}, "KMS.1601"),
        ({"limit": "2001"}, "KMS.1601"),
        ({"limit": "many"}, "KMS.1601"),
        ({"marker": "-1"}, "KMS.1602"),
        ({"marker": "x"}, "KMS.1602"),
        ({"key_state": "9"}, "KMS.3702"),
        ({"key_spec": "DES"}, "KMS.1110"),
    ],
)
def test_a_list_refuses_what_it_cannot_mean(sdk: Sdk, fields: dict[str, str], code: str) -> None:
    assert sdk.refusal("list_keys", **fields) == (400, code)


def test_keys_and_quota_are_counted(sdk: Sdk) -> None:
    sdk.create_datakey_without_plaintext(key_id="obs/default")
    for number in range(3):
        sdk.new_key(key_alias=f"k{number}")

    assert sdk.show_user_instances().instance_num == 3
    quotas = {one.type: (one.used, one.quota) for one in sdk.show_user_quotas().quotas.resources}
    assert quotas == {"CMK": (3, 20), "grant_per_CMK": (0, 100)}


def test_the_21st_key_is_refused(sdk: Sdk) -> None:
    for number in range(20):
        sdk.create_key(key_alias=f"k{number}")

    assert sdk.refusal("create_key", key_alias="k20") == (400, "KMS.1105")


def test_a_wrong_secret_and_a_neighbours_project_are_refused(server: Server, account: dict[str, Any], sdk: Sdk) -> None:
    neighbour = server.create_account(f"wire-{uuid.uuid4().hex[:8]}")
    theirs = Sdk(server, neighbour).new_key()

    assert Sdk(server, account, sk="x" * 40).refusal("list_key_detail", key_id=theirs) == (401, "APIGW.0301")
    foreign = Sdk(server, account, project=neighbour["projects"][0]["id"])
    assert foreign.refusal("list_key_detail", key_id=theirs) == (403, "KMS.0321")
    assert sdk.refusal("list_key_detail", key_id=theirs) == (404, "KMS.0207")
