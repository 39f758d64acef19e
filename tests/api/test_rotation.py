"""Rotation by the official SDK."""

import time
import uuid
from typing import Any

import pytest

from tests.support.sdk import Sdk


def rotation(sdk: Sdk, key_id: str) -> tuple[bool, int, int]:
    """Whether a key rotates, every how many days, and how often it did."""
    seen = sdk.show_key_rotation_status(key_id=key_id)
    return seen.key_rotation_enabled, seen.rotation_interval, seen.number_of_rotations


def test_rotation_is_switched_on_changed_and_switched_off(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    assert rotation(sdk, key_id) == (False, 365, 0)
    assert sdk.list_key_detail(key_id=key_id).key_info.key_rotation_enabled == "false"

    sdk.enable_key_rotation(key_id=key_id)
    assert rotation(sdk, key_id) == (True, 365, 0)
    assert sdk.list_key_detail(key_id=key_id).key_info.key_rotation_enabled == "true"
    assert [one.key_rotation_enabled for one in sdk.list_keys().key_details] == ["true"]
    assert sdk.refusal("enable_key_rotation", key_id=key_id) == (400, "KMS.2901")

    sdk.update_key_rotation_interval(key_id=key_id, rotation_interval=30)
    sdk.update_key_rotation_interval(key_id=key_id, rotation_interval="31")
    assert rotation(sdk, key_id) == (True, 31, 0)

    sdk.disable_key_rotation(key_id=key_id)
    assert rotation(sdk, key_id)[0] is False
    assert sdk.refusal("disable_key_rotation", key_id=key_id) == (400, "KMS.0313")
    assert sdk.refusal("update_key_rotation_interval", key_id=key_id, rotation_interval=30) == (400, "KMS.0313")


@pytest.mark.parametrize("days", [29, 366, 0, -30, "", "month", 30.5])
def test_an_interval_out_of_range_is_refused(sdk: Sdk, days: Any) -> None:
    key_id = sdk.new_key()
    sdk.enable_key_rotation(key_id=key_id)

    status, code = sdk.refusal("update_key_rotation_interval", key_id=key_id, rotation_interval=days)

    assert (status, code) == (400, "KMS.0308" if days == 30.5 else "KMS.3001")
    assert rotation(sdk, key_id) == (True, 365, 0)


def test_on_demand_a_new_version_encrypts_and_the_old_ones_decrypt(sdk: Sdk) -> None:
    key_id, before = sdk.new_key(), int(time.time() * 1000)
    sealed = [sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text]
    assert sdk.show_key_rotation_status(key_id=key_id).last_rotation_time == ""
    for _ in range(2):
        assert sdk.rotate_on_demand(key_id=key_id).key_id == key_id
        sealed.append(sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text)

    assert {sdk.decrypt_data(cipher_text=one).plain_text for one in sealed} == {"secret"}
    seen = sdk.show_key_rotation_status(key_id=key_id)
    assert rotation(sdk, key_id) == (False, 365, 2)
    assert before <= int(seen.last_rotation_time) <= int(time.time() * 1000)
    assert [one.state for one in seen.key_materials] == [2, 2, 2]
    assert len({uuid.UUID(one.material_id) for one in seen.key_materials}) == 3
    made = [int(one.create_time) for one in seen.key_materials]
    assert made == sorted(made, reverse=True)
    assert made[0] == int(seen.last_rotation_time)
    again = sdk.show_key_rotation_status(key_id=key_id)
    assert [one.material_id for one in again.key_materials] == [one.material_id for one in seen.key_materials]


@pytest.mark.parametrize(
    ("fields", "code", "status_code"),
    [
        ({"spec": "RSA_2048"}, "KMS.0324", "KMS.0325"),
        ({"spec": "EC_P256"}, "KMS.0325", "KMS.0325"),
        ({"spec": "HMAC_256"}, "KMS.0341", ""),
        ({"origin": "external"}, "KMS.0312", ""),
    ],
)
def test_other_kinds_of_keys_do_not_rotate(sdk: Sdk, fields: dict[str, str], code: str, status_code: str) -> None:
    key_id = sdk.new_key(**fields)

    for method, more in (
        ("enable_key_rotation", {}),
        ("disable_key_rotation", {}),
        ("update_key_rotation_interval", {"rotation_interval": 30}),
        ("rotate_on_demand", {}),
    ):
        assert sdk.refusal(method, key_id=key_id, **more) == (400, code)
    if status_code:
        assert sdk.refusal("show_key_rotation_status", key_id=key_id) == (400, status_code)
    else:
        assert rotation(sdk, key_id) == (False, 365, 0)


def test_default_keys_do_not_rotate(sdk: Sdk) -> None:
    key_id = sdk.create_datakey_without_plaintext(key_id="obs/default").key_id

    assert sdk.refusal("enable_key_rotation", key_id=key_id) == (400, "KMS.0211")
    assert sdk.refusal("rotate_on_demand", key_id="obs/default") == (400, "KMS.0211")
    assert rotation(sdk, key_id) == (False, 365, 0)


def test_rotation_is_switched_while_enabled_and_read_in_every_state(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    sdk.enable_key_rotation(key_id=key_id)
    sdk.disable_key(key_id=key_id)

    assert sdk.refusal("disable_key_rotation", key_id=key_id) == (400, "KMS.0209")
    assert sdk.refusal("rotate_on_demand", key_id=key_id) == (400, "KMS.0209")
    assert rotation(sdk, key_id) == (True, 365, 0)
    sdk.delete_key(key_id=key_id, pending_days="7")
    assert sdk.refusal("disable_key_rotation", key_id=key_id) == (400, "KMS.0210")
    assert rotation(sdk, key_id) == (True, 365, 0)
    assert sdk.list_key_detail(key_id=key_id).key_info.key_rotation_enabled == "true"
