"""Every call of Vault's API that is offered here, one line each."""

import re
from collections.abc import Callable
from typing import Any

from console.access.caller import Caller
from console.api.routes import Pace, Route
from keys import operations
from keys.calls import Call
from keys.vault import auth, kv, signing, sys, transit
from keys.vault.dialect import version_metadata

Operation = Callable[..., Any]
OURS = re.compile(rb'"ciphertext": ?"vault:v\d+:AQ[EIM]')
"""A ciphertext under a symmetric key begins so (docs/ciphertext-format.md); RSA's take some milliseconds to open."""


def _call(
    methods: str,
    path: str,
    request: type[Any],
    operation: Operation,
    answer: Callable[[Any], Any],
    call: Call,
    pace: Callable[[bytes], Pace] = lambda _body: Pace.PATIENT,
) -> list[Route]:
    def operate(caller: Caller, wish: dict[str, Any]) -> Any:
        return operation(caller, **wish)

    status = 204 if answer is kv.nothing else 200
    return [
        Route(method, f"/v1/{path}", request, operate, answer, call.trace, status, pace=pace)
        for method in methods.split()
    ]


def _open(methods: str, path: str, request: type[Any], operation: Operation, answer: Any, trace: str) -> list[Route]:
    status = 204 if answer is auth.nothing else 200
    return [
        Route(method, f"/v1/{path}", request, operation, answer, trace, status, is_open=True)
        for method in methods.split()
    ]


def _quick(body: bytes) -> Pace:
    return Pace.PATIENT if b'"batch_input"' in body else Pace.QUICK


def _busy(_body: bytes) -> Pace:
    return Pace.BUSY


def _opening(body: bytes) -> Pace:
    return Pace.PATIENT if b'"batch_input"' in body else Pace.QUICK if OURS.search(body) else Pace.BUSY


_encrypt, _decrypt, _rewrap = (transit.each(one) for one in (transit.encrypt, transit.decrypt, transit.rewrap))
TRANSIT = [
    _call(
        "POST",
        "transit/datakey/plaintext/{name}",
        transit.DatakeyRequest,
        operations.create_datakey,
        transit.new_data_key,
        Call.CREATE_DATAKEY,
        _quick,
    ),
    _call(
        "POST",
        "transit/datakey/wrapped/{name}",
        transit.DatakeyRequest,
        operations.create_datakey_without_plaintext,
        transit.wrapped_data_key,
        Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
        _quick,
    ),
    _call("POST", "transit/decrypt/{name}", transit.ItemsRequest, _decrypt, dict, Call.DECRYPT_DATA, _opening),
    _call("POST", "transit/encrypt/{name}", transit.ItemsRequest, _encrypt, dict, Call.ENCRYPT_DATA, _quick),
    _call("POST", "transit/rewrap/{name}", transit.ItemsRequest, _rewrap, dict, Call.RE_ENCRYPT, _opening),
    _call("POST GET", "transit/random", transit.RandomRequest, transit.random_bytes, dict, Call.GEN_RANDOM),
    _call("POST", "transit/random/{size}", transit.RandomRequest, transit.random_bytes, dict, Call.GEN_RANDOM),
    _call(
        "GET LIST",
        "transit/keys",
        transit.KeysRequest,
        operations.list_key_details,
        transit.key_names,
        Call.LIST_KEYS,
    ),
    _call(
        "POST",
        "transit/keys/{name}/rotate",
        transit.KeyRequest,
        transit.rotate,
        kv.nothing,
        Call.ROTATE_KEY,
    ),
    _call(
        "GET",
        "transit/keys/{name}",
        transit.KeyRequest,
        operations.describe_versions,
        transit.described,
        Call.DESCRIBE_KEY,
    ),
    _call("POST", "transit/keys/{name}", transit.KeyRequest, transit.refuse_to_create, kv.nothing, Call.CREATE_KEY),
]
SIGNING = [
    _call("POST", "transit/sign/{name}", signing.SignRequest, operations.sign, signing.signed, Call.SIGN, _busy),
    _call("POST", "transit/hmac/{name}", signing.HmacRequest, operations.generate_mac, signing.mac, Call.GENERATE_MAC),
    _call(
        "POST", "transit/verify/{name}", signing.VerifyRequest, signing.verify, signing.verified, Call.VERIFY_SIGNATURE
    ),
]
AUTH = [
    _open("POST", "auth/approle/login", auth.LoginRequest, auth.login, auth.logged_in, "createToken"),
    _open("GET", "auth/token/lookup-self", auth.AnyRequest, auth.look_up, auth.looked_up, "showToken"),
    _open("POST", "auth/token/renew-self", auth.AnyRequest, auth.look_up, auth.renewed, "showToken"),
    _open("POST", "auth/token/revoke-self", auth.AnyRequest, auth.revoke, auth.nothing, "revokeToken"),
]
SYS = [
    _open("GET", "sys/health", sys.NothingRequest, sys.nothing, sys.health, "sysHealth"),
    _open("GET", "sys/seal-status", sys.NothingRequest, sys.nothing, sys.seal_status, "sysSealStatus"),
    _call("GET", "sys/mounts", sys.NothingRequest, operations.list_mounts, sys.listed, Call.LIST_MOUNTS),
    _call("GET", "sys/mounts/{name}/tune", sys.MountRequest, sys.find_mount, sys.tuned, Call.LIST_MOUNTS),
    _call(
        "GET",
        "sys/internal/ui/mounts/{name}",
        sys.MountRequest,
        sys.find_mount_of,
        sys.shown,
        Call.LIST_MOUNTS,
    ),
]
KV = [
    _call("GET", "{mount}/data/{name}", kv.ReadRequest, operations.read_value, kv.read, Call.DECRYPT_DATAKEY),
    _call(
        "POST",
        "{mount}/data/{name}",
        kv.WriteRequest,
        operations.write_value,
        version_metadata,
        Call.WRITE_VALUE,
    ),
    _call("DELETE", "{mount}/data/{name}", kv.ValueRequest, operations.delete_values, kv.nothing, Call.DELETE_VALUES),
    _call(
        "POST",
        "{mount}/delete/{name}",
        kv.VersionsRequest,
        operations.delete_values,
        kv.nothing,
        Call.DELETE_VALUES,
    ),
    _call(
        "POST",
        "{mount}/undelete/{name}",
        kv.VersionsRequest,
        operations.undelete_values,
        kv.nothing,
        Call.UNDELETE_VALUES,
    ),
    _call(
        "POST",
        "{mount}/destroy/{name}",
        kv.VersionsRequest,
        operations.destroy_values,
        kv.nothing,
        Call.DESTROY_VALUES,
    ),
    _call("LIST", "{mount}/metadata", kv.ListRequest, operations.list_values, kv.listed, Call.LIST_VALUES),
    _call("LIST", "{mount}/metadata/{name}", kv.ListRequest, operations.list_values, kv.listed, Call.LIST_VALUES),
    _call("GET", "{mount}/metadata/{name}", kv.ValueRequest, operations.list_versions, kv.metadata, Call.LIST_VALUES),
    _call(
        "POST",
        "{mount}/metadata/{name}",
        kv.SettingsRequest,
        operations.list_versions,
        kv.nothing,
        Call.LIST_VALUES,
    ),
    _call(
        "DELETE",
        "{mount}/metadata/{name}",
        kv.ValueRequest,
        operations.forget_value,
        kv.nothing,
        Call.DESTROY_VALUES,
    ),
    _call("GET", "{mount}/config", kv.MountRequest, operations.get_mount, kv.settings, Call.LIST_MOUNTS),
]
ROUTES = [route for routes in (*TRANSIT, *SIGNING, *AUTH, *SYS, *KV) for route in routes]
