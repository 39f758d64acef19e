"""The outside acceptance of keys (API contract, 6): the Terraform provider's cases, the same calls in order."""

import uuid
from typing import Any

import pytest

from tests.support.enterprise import make_enterprise_project
from tests.support.sdk import Sdk
from tests.support.servers import Server


def name() -> str:
    return f"tf_test_{uuid.uuid4().hex[:8]}"


def create(sdk: Sdk, *, tags: dict[str, str] | None = None, **fields: Any) -> str:
    """As the provider creates a key: made, described until it is there, then tagged."""
    key_id: str = sdk.create_key(**fields).key_info.key_id
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state in {"2", "5"}
    if tags:
        change_tags(sdk, key_id, "create", tags)
    return key_id


def change_tags(sdk: Sdk, key_id: str, action: str, tags: dict[str, str]) -> None:
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    sdk.batch_create_kms_tags(key_id=key_id, action=action, tags=listed)


def read(sdk: Sdk, key_id: str) -> tuple[Any, dict[str, str]]:
    """As the provider reads a key: described, then its tags and its rotation."""
    key = sdk.list_key_detail(key_id=key_id).key_info
    assert str(sdk.show_key_rotation_status(key_id=key_id).key_rotation_enabled).lower() == key.key_rotation_enabled
    return key, {tag.key: tag.value for tag in sdk.show_kms_tags(key_id=key_id).tags}


def interval(sdk: Sdk, key_id: str) -> Any:
    status = sdk.show_key_rotation_status(key_id=key_id)
    assert status.number_of_rotations == 0
    return status.rotation_interval


def destroy(sdk: Sdk, key_id: str) -> None:
    """As the provider destroys a key, and checks that it is gone."""
    sdk.delete_key(key_id=key_id, pending_days="7")
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "4"


def only(found: list[Any]) -> Any:
    (one,) = found
    return one


def listed(sdk: Sdk, alias: str, **asked: Any) -> Any:
    """As the provider's data source finds a key: by a list of all, then by its alias."""
    found = sdk.list_keys(key_spec="ALL", **asked)
    assert found.next_marker == ""
    return only([key for key in found.key_details if key.key_alias == alias])


def test_kms_key_basic(server: Server, account: dict[str, Any], sdk: Sdk) -> None:
    """TestAccKmsKey_basic, its six steps and the import."""
    alias, renamed = name(), name()
    eps_id = make_enterprise_project(server, account["account"]["id"], "acceptance")

    key_id = create(sdk, key_alias=alias, key_description="test acc", tags={"foo": "bar", "key": "value"})
    key, tags = read(sdk, key_id)
    assert (key.key_alias, key.key_description, key.key_state) == (alias, "test acc", "2")
    assert (key.key_spec, key.key_usage, key.origin) == ("AES_256", "ENCRYPT_DECRYPT", "kms")
    assert (key.sys_enterprise_project_id, key.key_rotation_enabled) == ("0", "false")
    assert tags == {"foo": "bar", "key": "value"}
    assert all((key.domain_id, key.keystore_id, key.default_key_flag, key.creation_date))
    assert int(key.creation_date) / 1000 > 1_700_000_000

    sdk.update_key_alias(key_id=key_id, key_alias=renamed)
    sdk.update_key_description(key_id=key_id, key_description="test acc update")
    change_tags(sdk, key_id, "delete", {"foo": "bar", "key": "value"})
    change_tags(sdk, key_id, "create", {"foo1": "bar1", "key": "value_update"})
    key, tags = read(sdk, key_id)
    assert (key.key_alias, key.key_description) == (renamed, "test acc update")
    assert tags == {"foo1": "bar1", "key": "value_update"}

    sdk.enable_key_rotation(key_id=key_id)
    sdk.update_key_rotation_interval(key_id=key_id, rotation_interval=200)
    key, _tags = read(sdk, key_id)
    assert (key.key_rotation_enabled, interval(sdk, key_id)) == ("true", 200)

    sdk.update_key_rotation_interval(key_id=key_id, rotation_interval=30)
    key, _tags = read(sdk, key_id)
    assert (key.key_rotation_enabled, interval(sdk, key_id)) == ("true", 30)

    sdk.eps.migrate_resource(
        enterprise_project_id=eps_id, project_id=sdk.project, resource_id=key_id, resource_type="kms"
    )
    key, _tags = read(sdk, key_id)
    assert (key.sys_enterprise_project_id, key.key_rotation_enabled) == (eps_id, "true")

    sdk.disable_key(key_id=key_id)
    key, _tags = read(sdk, key_id)
    assert key.key_state == "3"

    imported, _tags = read(sdk, key_id)  # the provider's import of state: the same reads by the id alone
    assert imported == key
    destroy(sdk, key_id)


def test_kms_key_with_enterprise_project(server: Server, account: dict[str, Any], sdk: Sdk) -> None:
    eps_id = make_enterprise_project(server, account["account"]["id"], "acceptance")
    alias = name()

    key_id = create(sdk, key_alias=alias, enterprise_project_id=eps_id)

    assert listed(sdk, alias, enterprise_project_id=eps_id).sys_enterprise_project_id == eps_id
    assert sdk.list_keys(key_spec="ALL", enterprise_project_id="0").keys == []
    destroy(sdk, key_id)


def test_kms_key_data_source(sdk: Sdk) -> None:
    alias = name()
    key_id = create(sdk, key_alias=alias, key_description="test description", tags={"foo": "bar", "key": "value"})

    key = listed(sdk, alias, key_state="2")
    detail, tags = read(sdk, key_id)

    assert (key.key_id, key.key_rotation_enabled, key.sys_enterprise_project_id) == (key_id, "false", "0")
    assert key == detail
    assert tags == {"foo": "bar", "key": "value"}
    destroy(sdk, key_id)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"key_state": "2"}, "key_state"),
        ({"key_state": "3"}, "key_state"),
        ({"key_spec": "AES_256"}, "key_spec"),
        ({"key_spec": "RSA_2048"}, "key_spec"),
        ({"enterprise_project_id": "0"}, "sys_enterprise_project_id"),
    ],
)
def test_kms_keys_data_source(sdk: Sdk, asked: dict[str, str], field: str) -> None:
    create(sdk, key_alias=name())
    sdk.disable_key(key_id=create(sdk, key_alias=name(), key_spec="RSA_2048"))

    every = sdk.list_keys(key_spec="ALL", limit=2000).key_details
    filtered = sdk.list_keys(**{"key_spec": "ALL", "limit": 2000, **asked}).key_details

    expected = next(iter(asked.values()))
    assert filtered
    assert filtered == [key for key in every if getattr(key, field) == expected]


def test_kms_custom_keys_by_tags(sdk: Sdk) -> None:
    alias, tag = name(), name()
    one = create(sdk, key_alias=f"{alias}_1", tags={f"{tag}_1": "test_value_1", f"{tag}_2": "test_value_2"})
    two = create(sdk, key_alias=f"{alias}_2", tags={f"{tag}_1": "test_value_1", f"{tag}_3": "test_value_3"})
    three = create(sdk, key_alias=f"{alias}_3", tags={f"{tag}_4": "test_value_4"})

    def filtered(**asked: Any) -> list[Any]:
        """Page by page until one is empty."""
        found: list[Any] = []
        search = {"resource_instances": "resource_instances", "action": "filter", "limit": "1000", **asked}
        while page := sdk.list_kms_by_tags(**search, offset=len(found)).resources:
            found += page
        return found

    def counted(**asked: Any) -> Any:
        return sdk.list_kms_by_tags(resource_instances="resource_instances", action="count", **asked)

    first = {"key": f"{tag}_1", "values": ["test_value_1"]}
    second = {"key": f"{tag}_2", "values": ["test_value_2"]}
    match = {"key": "resource_name", "value": f"{alias}_1"}

    every = filtered()
    assert [key.resource_id for key in every] == [three, two, one]
    assert all((every[0].resource_name, every[0].tags[0].key, every[0].tags[0].value))
    detail = every[0].resource_detail
    assert all((detail.key_id, detail.domain_id, detail.key_alias, detail.creation_date, detail.default_key_flag))
    assert len(filtered(tags=[first])) == 2
    assert len(filtered(tags=[{**first, "values": ["test_value_1", "non_existent_value"]}])) == 2
    assert len(filtered(tags=[first, second])) == 1
    assert len(filtered(matches=[match])) == 1
    assert len(filtered(tags=[first], matches=[match])) == 1
    assert (counted().total_count, counted().resources) == (3, None)
    assert counted(tags=[{"key": "non_existent_tag", "values": ["non_existent_value"]}]).total_count == 0


def test_kms_key_tags(sdk: Sdk) -> None:
    key_id = create(sdk, key_alias=name(), tags={"foo": "bar", "key": "value"})

    tags = sdk.list_kms_tags().tags

    assert [(tag.key, tag.values) for tag in tags] == [("foo", ["bar"]), ("key", ["value"])]
    destroy(sdk, key_id)


def test_kms_quotas(sdk: Sdk) -> None:
    create(sdk, key_alias=name())

    resources = {one.type: (one.used, one.quota) for one in sdk.show_user_quotas().quotas.resources}

    assert resources["CMK"] == (1, 20)
    assert resources["grant_per_CMK"] == (0, 100)


def test_kms_cancel_key_deletion(sdk: Sdk) -> None:
    key_id = create(sdk, key_alias=name())
    destroy(sdk, key_id)

    cancelled = sdk.cancel_key_deletion(key_id=key_id)

    assert (cancelled.key_id, cancelled.key_state) == (key_id, "3")
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "3"
