"""Tags by the official SDK."""

from typing import Any

import pytest

from tests.support.sdk import Sdk


def pairs(sdk: Sdk, key_id: str) -> list[tuple[str, str]]:
    found = sdk.show_kms_tags(key_id=key_id)
    assert found.exist_tags_num == len(found.tags)
    return [(tag.key, tag.value) for tag in found.tags]


def test_tags_come_and_go_one_by_one(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    sdk.create_kms_tag(key_id=key_id, tag={"key": "env", "value": "prod"})
    sdk.create_kms_tag(key_id=key_id, tag={"key": "team", "value": ""})
    sdk.create_kms_tag(key_id=key_id, tag={"key": "env", "value": "test"})

    assert sorted(pairs(sdk, key_id)) == [("env", "test"), ("team", "")]
    sdk.delete_tag(key_id=key_id, key="env")
    assert pairs(sdk, key_id) == [("team", "")]


def test_a_tag_key_may_hold_what_an_address_must_encode(sdk: Sdk) -> None:
    key_id, name = sdk.new_key(), "a/b c:d@ü"
    sdk.create_kms_tag(key_id=key_id, tag={"key": name, "value": "x"})

    sdk.delete_tag(key_id=key_id, key=name)

    assert pairs(sdk, key_id) == []


def test_tags_come_and_go_in_batches_all_or_none(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    tags = [{"key": f"k{number}", "value": str(number)} for number in range(20)]

    sdk.batch_create_kms_tags(key_id=key_id, action="create", tags=tags)
    one_more = {"key_id": key_id, "action": "create", "tags": [{"key": "one", "value": "more"}]}

    assert len(pairs(sdk, key_id)) == 20
    assert sdk.refusal("batch_create_kms_tags", **one_more) == (400, "KMS.0409")
    sdk.batch_create_kms_tags(key_id=key_id, action="delete", tags=[*tags[:18], {"key": "k18", "value": "another"}])
    assert sorted(pairs(sdk, key_id)) == [("k18", "18"), ("k19", "19")]
    sdk.batch_create_kms_tags(key_id=key_id, action="delete", tags=[{"key": "k18"}])
    assert pairs(sdk, key_id) == [("k19", "19")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "create", "tags": []}, "KMS.0401"),
        ({"action": "change", "tags": [{"key": "a", "value": "b"}]}, "KMS.0404"),
        ({"action": "create", "tags": [{"key": "", "value": "b"}]}, "KMS.0411"),
        ({"action": "create", "tags": [{"key": "k" * 129, "value": "b"}]}, "KMS.0411"),
        ({"action": "create", "tags": [{"key": "a*", "value": "b"}]}, "KMS.0406"),
        ({"action": "create", "tags": [{"key": "_sys_a", "value": "b"}]}, "KMS.0406"),
        ({"action": "create", "tags": [{"key": "a", "value": "b" * 256}]}, "KMS.0410"),
        ({"action": "create", "tags": [{"key": "a", "value": "<b>"}]}, "KMS.0405"),
        ({"action": "create", "tags": [{"key": "a", "value": "b"}, {"key": "a", "value": "c"}]}, "KMS.0414"),
        ({"action": "create", "tags": [{"key": f"k{number}", "value": ""} for number in range(21)]}, "KMS.0409"),
    ],
)
def test_tags_against_the_rules_change_nothing(sdk: Sdk, fields: dict[str, Any], code: str) -> None:
    key_id = sdk.new_key()

    assert sdk.refusal("batch_create_kms_tags", key_id=key_id, **fields) == (400, code)
    assert pairs(sdk, key_id) == []


def test_a_projects_tags_are_gathered_with_their_values(sdk: Sdk) -> None:
    for number, value in enumerate(("prod", "test", "prod")):
        key_id = sdk.new_key(key_alias=f"k{number}")
        sdk.create_kms_tag(key_id=key_id, tag={"key": "env", "value": value})
    sdk.create_kms_tag(key_id=key_id, tag={"key": "team", "value": "pay"})

    found = [(tag.key, tag.values) for tag in sdk.list_kms_tags().tags]

    assert found == [("env", ["prod", "test"]), ("team", ["pay"])]
