"""Calls that the cloud alone offers (API contract, tier 3), one line each: lists are empty, all else is refused."""

from typing import Any

from console.api.routes import Nothing, Route
from keys import operations
from keys.api import answers
from keys.api.titles import ABSENT
from keys.calls import Call

V1, V2 = "/v1.0/{project_id}", "/v2/{project_id}/kms"
STORES, POLICIES, POINTS = f"{V1}/keystores", f"{V1}/kms/key-policies", f"{V1}/kms/access-points"
NO_PAGE: answers.PageInfo = {"next_marker": "", "current_count": 0}
NO_STORES: answers.KeyStoresListed = {"total": 0, "keystores": []}
NO_REGIONS: answers.RegionsSupported = {"regions": []}
NO_POLICIES: answers.KeyPoliciesListed = {"page_info": NO_PAGE, "keyspace_policies": []}
NO_POINTS: answers.AccessPointsListed = {"page_info": NO_PAGE, "access_points": []}

LISTS: list[tuple[str, Call, Any, Any]] = [
    (STORES, Call.LIST_KEY_STORES, NO_STORES, answers.KeyStoresListed),
    (f"{V2}/regions", Call.LIST_SUPPORT_REGIONS, NO_REGIONS, answers.RegionsSupported),
    (POLICIES, Call.LIST_KEY_POLICIES, NO_POLICIES, answers.KeyPoliciesListed),
    (POINTS, Call.LIST_ACCESS_POINTS, NO_POINTS, answers.AccessPointsListed),
]
REFUSED: list[tuple[str, str, Call]] = [
    ("POST", STORES, Call.CREATE_KEY_STORE),
    ("GET", f"{STORES}/{{keystore_id}}", Call.SHOW_KEY_STORE),
    ("DELETE", f"{STORES}/{{keystore_id}}", Call.DELETE_KEY_STORE),
    ("POST", f"{STORES}/{{keystore_id}}/enable", Call.ENABLE_KEY_STORE),
    ("POST", f"{STORES}/{{keystore_id}}/disable", Call.DISABLE_KEY_STORE),
    ("POST", f"{V2}/keys/{{key_id}}/replicate", Call.REPLICATE_KEY),
    ("PUT", f"{V2}/keys/{{key_id}}/update-primary-region", Call.UPDATE_PRIMARY_REGION),
    ("POST", POLICIES, Call.CREATE_KEY_POLICY),
    ("GET", f"{POLICIES}/{{policy_id}}", Call.SHOW_KEY_POLICY),
    ("PUT", f"{POLICIES}/{{policy_id}}", Call.UPDATE_KEY_POLICY),
    ("DELETE", f"{POLICIES}/{{policy_id}}", Call.DELETE_KEY_POLICY),
    ("POST", POINTS, Call.CREATE_ACCESS_POINT),
    ("DELETE", f"{POINTS}/{{access_point_id}}", Call.DELETE_ACCESS_POINT),
    ("POST", f"{POINTS}/{{access_point_id}}/enable", Call.ENABLE_ACCESS_POINT),
    ("POST", f"{POINTS}/{{access_point_id}}/disable", Call.DISABLE_ACCESS_POINT),
    ("POST", f"{POINTS}/{{access_point_id}}/get-privatekey", Call.DOWNLOAD_ACCESS_POINT_KEY),
    ("POST", f"{V1}/kms/create-pin", Call.CREATE_PIN),
    ("POST", f"{V1}/kms/datakey-capsule/create", Call.CREATE_DATAKEY_CAPSULE),
    ("POST", f"{V1}/kms/datakey-capsule/decrypt", Call.DECRYPT_DATAKEY_CAPSULE),
    ("POST", f"{V1}/kms/derive-shared-secret", Call.DERIVE_SHARED_SECRET),
]


def _list(path: str, call: Call, empty: Any, shape: Any) -> Route:
    return Route(
        "GET",
        path,
        Nothing,
        lambda caller, _asked: operations.list_none(caller, call),
        lambda _none: empty,
        call.trace,
        action=call.action,
        summary=ABSENT[call].text,
        sdk=ABSENT[call].sdk,
        shape=shape,
    )


def _refuse(method: str, path: str, call: Call) -> Route:
    return Route(
        method,
        path,
        Nothing,
        lambda caller, _asked: operations.refuse(caller, call),
        lambda _never: {},
        call.trace,
        action=call.action,
        summary=ABSENT[call].text,
        shape=answers.Empty,
        is_offered=False,
    )


ROUTES = [*(_list(*one) for one in LISTS), *(_refuse(*one) for one in REFUSED)]
