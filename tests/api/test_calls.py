"""The official SDK, unmodified, against a real server."""

import json
import uuid
from typing import Any

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkkms.v2 import (
    CreateKeyRequest,
    CreateKeyRequestBody,
    KmsClient,
    ListKeyDetailRequest,
    OperateKeyRequestBody,
)

from tests.support.servers import Server

HTTP_WARNINGS = "ignore::DeprecationWarning"
pytestmark = [pytest.mark.filterwarnings(HTTP_WARNINGS), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"wire-{uuid.uuid4().hex[:8]}", enterprise=True)


def client_of(server: Server, account: dict[str, Any], *, sk: str = "", project: str = "") -> Any:
    key = account["access_key"]
    credentials = BasicCredentials(key["ak"], sk or key["sk"], project or account["projects"][0]["id"])
    return KmsClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


def create(client: Any, **fields: Any) -> Any:
    return client.create_key(CreateKeyRequest(body=CreateKeyRequestBody(**fields)))


def describe(client: Any, key_id: str) -> Any:
    return client.list_key_detail(ListKeyDetailRequest(body=OperateKeyRequestBody(key_id=key_id)))


def test_the_sdk_creates_a_key_and_reads_it(server: Server, account: dict[str, Any]) -> None:
    client = client_of(server, account)

    made = create(client, key_alias="orders", key_spec="RSA_2048", key_description="描述 é").key_info
    seen = describe(client, made.key_id).key_info

    assert made.domain_id == account["account"]["id"]
    assert (seen.key_alias, seen.key_spec, seen.key_usage, seen.key_state) == ("orders", "RSA_2048", "SIGN_VERIFY", "2")
    assert (seen.key_description, seen.realm, seen.origin) == ("描述 é", "ap-southeast-1", "kms")
    assert len(seen.creation_date) == 13


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"key_alias": "a b"}, 400, "KMS.1101"),
        ({"key_alias": "x/default"}, 400, "KMS.1101"),
        ({"key_alias": "x", "key_spec": "SECP256K1"}, 400, "KMS.1110"),
        ({"key_alias": "x", "key_usage": "SIGN_VERIFY"}, 400, "KMS.0308"),
        ({"key_alias": "x", "key_description": "x" * 256}, 400, "KMS.1103"),
        ({}, 400, "KMS.0204"),
    ],
)
def test_refusals_carry_the_codes_of_the_contract(
    server: Server, account: dict[str, Any], fields: dict[str, str], status: int, code: str
) -> None:
    with pytest.raises(ClientRequestException) as refused:
        create(client_of(server, account), **fields)

    assert (refused.value.status_code, refused.value.error_code) == (status, code)
    assert len(refused.value.request_id) == 32


def test_a_taken_alias_and_an_unknown_key_are_told_apart(server: Server, account: dict[str, Any]) -> None:
    client = client_of(server, account)
    create(client, key_alias="once")

    for work, status, code in (
        (lambda: create(client, key_alias="once"), 400, "KMS.1104"),
        (lambda: describe(client, str(uuid.uuid4())), 404, "KMS.0207"),
        (lambda: describe(client, "no-id"), 400, "KMS.0205"),
    ):
        with pytest.raises(ClientRequestException) as refused:
            work()
        assert (refused.value.status_code, refused.value.error_code) == (status, code)


def test_a_wrong_secret_and_a_neighbours_project_are_refused(server: Server, account: dict[str, Any]) -> None:
    neighbour = server.create_account(f"wire-{uuid.uuid4().hex[:8]}")
    theirs = create(client_of(server, neighbour), key_alias="theirs").key_info.key_id

    for client, status, code in (
        (client_of(server, account, sk="x" * 40), 401, "APIGW.0301"),
        (client_of(server, account, project=neighbour["projects"][0]["id"]), 403, "KMS.0321"),
        (client_of(server, account), 404, "KMS.0207"),
    ):
        with pytest.raises(ClientRequestException) as refused:
            describe(client, theirs)
        assert (refused.value.status_code, refused.value.error_code) == (status, code)


def test_without_a_signature_the_gateway_answers_flat(server: Server, account: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}/v1.0/{account['projects'][0]['id']}/kms/create-key", content=b"{}")

    assert answer.status_code == 401
    assert {*json.loads(answer.content)} == {"error_code", "error_msg", "request_id"}
    assert json.loads(answer.content)["request_id"] == answer.headers["X-Request-Id"]
