"""Calls that the cloud alone offers: known, authenticated, permitted and traced, and refused by one answer."""

from typing import Any

import pytest

from console.models import Trace
from keys.api.absent import LISTS, REFUSED
from tests.support import wire
from tests.support.people import Person, with_access_key
from tests.support.sdk import Sdk

KEY = "bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e"
EVERY = [
    *((method, path, call.trace) for method, path, call in REFUSED),
    *(("GET", path, call.trace) for path, call, *_shape in LISTS),
]


def address(path: str, person: Person) -> str:
    ids = dict.fromkeys(("keystore_id", "key_id", "policy_id", "access_point_id"), KEY)
    return path.format(project_id=person.project.pk, **ids)


def test_there_are_24_of_them() -> None:
    assert len({(method, path) for method, path, _trace in EVERY}) == 24


@pytest.mark.parametrize(("method", "path", "name"), EVERY)
def test_each_is_authenticated_permitted_and_traced(
    alice: Person, bob: Person, method: str, path: str, name: str
) -> None:
    target = address(path, alice)
    body: Any = {} if method in {"POST", "PUT"} else None

    stranger = wire.send(method, target, b"", {})
    refused = wire.call(with_access_key(bob), method, target, body)
    answer = wire.call(alice, method, target, body)

    assert stranger.status == 401
    assert (refused.status, refused.code) == (403, "KMS.0306")
    expected = (200, "") if path in {one for one, *_ in LISTS} and method == "GET" else (400, "KMS.0340")
    assert (answer.status, answer.code) == expected
    for one, person in ((refused, bob), (answer, alice)):
        trace = Trace.objects.get(request_id=one.headers["x-request-id"])
        assert (trace.name, trace.user_id, trace.status) == (name, person.user.pk, one.status)


def test_the_sdk_finds_empty_lists(sdk: Sdk) -> None:
    stores = sdk.list_key_stores()
    policies, points = sdk.list_key_policy(keyspace_id=KEY), sdk.list_access_point(keyspace_id=KEY)

    assert (stores.total, stores.keystores) == (0, [])
    assert sdk.list_support_regions().regions == []
    assert (policies.keyspace_policies, policies.page_info.current_count) == ([], 0)
    assert (points.access_points, points.page_info.next_marker) == ([], "")


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("create_key_store", {"keystore_alias": "store"}),
    ("show_key_store", {"keystore_id": KEY}),
    ("delete_key_store", {"keystore_id": KEY}),
    ("enable_key_store", {"keystore_id": KEY}),
    ("disable_key_store", {"keystore_id": KEY}),
    ("replicate_key", {"key_id": KEY}),
    ("update_primary_region", {"key_id": KEY}),
    ("create_key_policy", {"policy_name": "policy"}),
    ("show_key_policy", {"policy_id": KEY}),
    ("update_key_policy", {"policy_id": KEY, "policy": "{}"}),
    ("delete_key_policy", {"policy_id": KEY}),
    ("create_access_point", {"access_point_name": "point"}),
    ("delete_access_point", {"access_point_id": KEY}),
    ("enable_access_point", {"access_point_id": KEY}),
    ("disable_access_point", {"access_point_id": KEY}),
    ("download_access_point_private_key", {"access_point_id": KEY}),
    ("create_pin", {}),
    ("create_datakey_capsule", {}),
    ("decrypt_datakey_capsule", {}),
    ("derive_shared_secret", {"key_id": KEY}),
]


def test_the_sdk_is_refused_all_else(sdk: Sdk) -> None:
    refusals = {method: sdk.refusal(method, **fields) for method, fields in CALLS}

    assert len(refusals) == len(REFUSED)
    assert refusals == dict.fromkeys(refusals, (400, "KMS.0340"))
