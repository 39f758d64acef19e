"""The API on PostgreSQL: each kind of call once, where statements are written by hand above all."""

import base64
import uuid
from typing import Any

import psycopg
import pytest

from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def made(postgres_server: Server) -> dict[str, Any]:
    return postgres_server.create_account(f"wire-{uuid.uuid4().hex[:8]}", enterprise=True)


@pytest.fixture
def client(postgres_server: Server, made: dict[str, Any]) -> Sdk:
    return Sdk(postgres_server, made)


def test_keys_are_made_listed_and_described(client: Sdk) -> None:
    keys = [client.new_key(spec, key_alias=f"{spec}-key") for spec in ("AES_256", "RSA_2048", "EC_P256", "HMAC_SM3")]
    client.disable_key(key_id=keys[1])
    client.delete_key(key_id=keys[2], pending_days="30")

    first = client.list_keys(key_spec="ALL", limit="3")
    second = client.list_keys(key_spec="ALL", limit="3", marker=first.next_marker)
    seen = client.list_key_detail(key_id=keys[2]).key_info

    assert [*first.keys, *second.keys] == keys[::-1]
    assert (first.total, first.truncated, second.next_marker) == (4, "true", "")
    assert client.list_keys(key_spec="ALL", key_state="3").keys == [keys[1]]
    assert client.list_keys(key_spec="ALL", enterprise_project_id="0").total == 4
    assert (seen.key_state, seen.key_alias, len(seen.creation_date)) == ("4", "EC_P256-key", 13)
    assert int(seen.scheduled_deletion_date) - int(seen.creation_date) == pytest.approx(30 * 86_400_000, abs=60_000)
    assert client.show_user_instances().instance_num == 4
    assert client.cancel_key_deletion(key_id=keys[2]).key_state == "3"


def test_data_data_keys_signatures_and_macs_work(client: Sdk) -> None:
    key_id, ec, mac = client.new_key(), client.new_key("EC_P384"), client.new_key("HMAC_384")

    sealed = client.encrypt_data(key_id=key_id, plain_text="grüße", additional_authenticated_data="a").cipher_text
    data_key = client.create_datakey(key_id="obs/default")
    message = {"message": base64.b64encode(b"message").decode()}
    signing = {"key_id": ec, "signing_algorithm": "ECDSA_SHA_384", "message_type": "RAW", **message}
    macing = {"key_id": mac, "mac_algorithm": "HMAC_SHA_384", **message}

    opened = client.decrypt_data(cipher_text=sealed, additional_authenticated_data="a")
    assert opened.plain_text == "grüße"
    unwrapped = client.decrypt_datakey(
        key_id="obs/default", cipher_text=data_key.cipher_text, datakey_cipher_length="32"
    )
    assert unwrapped.data_key == data_key.plain_text
    signature = client.sign(**signing).signature
    assert client.validate_signature(**signing, signature=signature).signature_valid == "true"
    assert client.verify_mac(**macing, mac=client.generate_mac(**macing).mac).mac_valid is True


def test_refusals_are_the_same(client: Sdk, postgres_server: Server) -> None:
    key_id = client.new_key(key_alias="orders")
    neighbour = Sdk(postgres_server, postgres_server.create_account(f"wire-{uuid.uuid4().hex[:8]}"))

    assert client.refusal("create_key", key_alias="orders") == (400, "KMS.1104")
    assert client.refusal("create_key", key_alias="x", key_description="\0") == (400, "KMS.1103")
    assert client.refusal("list_key_detail", key_id="\0") == (400, "KMS.0205")
    assert client.refusal("list_keys", enterprise_project_id="\0", limit="x") == (400, "KMS.1601")
    assert client.list_keys(enterprise_project_id="\0").keys == []
    assert neighbour.refusal("encrypt_data", key_id=key_id, plain_text="x") == (404, "KMS.0207")
    client.create_kms_tag(key_id=key_id, tag={"key": "env", "value": "prod"})
    assert client.refusal("delete_tag", key_id=key_id, key="a\0b") == (400, "KMS.0406")
    assert [(tag.key, tag.values) for tag in client.list_kms_tags().tags] == [("env", ["prod"])]


def test_lost_connections_are_opened_anew_unseen(client: Sdk, postgres_server: Server) -> None:
    key_id = client.new_key()
    url = postgres_server.settings["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    for _ in range(40):
        assert client.encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
    client.disable_key(key_id=key_id)


def test_keys_rotate_and_aliases_stand_for_them(client: Sdk, made: dict[str, Any]) -> None:
    key_id, other = client.new_key(), client.new_key()
    urn = client.create_alias(key_id=key_id, alias="alias/orders").alias_urn
    sealed = [client.encrypt_data(key_id="alias/orders", plain_text="x").cipher_text]
    client.enable_key_rotation(key_id=key_id)
    client.update_key_rotation_interval(key_id=key_id, rotation_interval="30")
    client.rotate_on_demand(key_id=key_id)
    sealed.append(client.encrypt_data(key_id=urn, plain_text="x").cipher_text)

    opened = [client.decrypt_data(key_id="alias/orders", cipher_text=one) for one in sealed]
    assert [(one.key_id, one.plain_text) for one in opened] == [(key_id, "x")] * 2
    status = client.show_key_rotation_status(key_id=key_id)
    assert (status.key_rotation_enabled, status.rotation_interval, status.number_of_rotations) == (True, 30, 1)
    assert client.list_key_detail(key_id="alias/orders").key_info.key_rotation_enabled == "true"
    assert [one.key_rotation_enabled for one in client.list_keys().key_details] == ["false", "true"]
    assert client.refusal("create_alias", key_id=other, alias="alias/orders") == (400, "KMS.1104")
    assert client.associate_alias(alias="alias/orders", target_key_id=other).key_id == other
    assert client.refusal("encrypt_data", key_id="alias/\0", plain_text="x") == (400, "KMS.0205")
    assert client.refusal("decrypt_data", key_id="alias/orders", cipher_text=sealed[0]) == (400, "KMS.2201")
    client.delete_alias(key_id=other, aliases=["alias/orders"])
    assert client.list_aliases().body[0].aliases == []


def test_keys_are_found_moved_and_traced_with_a_temporary_access_key(client: Sdk) -> None:
    asked = {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}
    temporary = client.with_temporary(client.iam.create_temporary_access_key_by_token(auth=asked).credential)
    one, two = (temporary.create_key(key_alias=f"k{number}").key_info.key_id for number in range(2))
    for key_id, value in ((one, "prod"), (two, "test")):
        client.create_kms_tag(key_id=key_id, tag={"key": "env", "value": value})

    def found(**asked: Any) -> Any:
        return temporary.list_kms_by_tags(resource_instances="resource_instances", **asked)

    by_tag = found(action="filter", tags=[{"key": "env", "values": ["prod", "x"]}])
    page = found(action="filter", limit="1", offset="1", tags=[{"key": "env", "values": []}])
    assert [(key.resource_id, key.tags[0].value) for key in by_tag.resources] == [(one, "prod")]
    assert ([key.resource_id for key in page.resources], page.total_count) == ([one], 2)
    assert found(action="filter", offset="5").total_count == 2
    assert found(action="count", matches=[{"key": "resource_name", "value": "k1"}]).total_count == 1

    moving = {"project_id": client.project, "resource_id": one, "resource_type": "kms"}
    client.eps.migrate_resource(enterprise_project_id="0", **moving)
    first = client.cts.list_traces(resource_id=one, limit=2)
    second = client.cts.list_traces(resource_id=one, limit=2, next=first.meta_data.marker)
    assert [trace.trace_name for trace in (*first.traces, *second.traces)] == [
        "migrateResource",
        "dealUnifiedTags",
        "createKey",
    ]
    assert client.list_key_stores().keystores == []


def test_grants_work_across_accounts(client: Sdk, postgres_server: Server) -> None:
    account = postgres_server.create_account(f"wire-{uuid.uuid4().hex[:8]}")
    neighbour, key_id = Sdk(postgres_server, account), client.new_key()
    sealed = client.encrypt_data(key_id=key_id, plain_text="secret").cipher_text
    wish = {"key_id": key_id, "grantee_principal": account["user"]["id"]}

    made = [
        client.create_grant(**wish, operations=names, retiring_principal=account["user"]["id"]).grant_id
        for names in (["create-grant", "decrypt-data"], ["describe-key", "retire-grant"])
    ]

    assert neighbour.decrypt_data(cipher_text=sealed).plain_text == "secret"
    assert neighbour.list_key_detail(key_id=key_id).key_info.key_id == key_id
    assert neighbour.refusal("encrypt_data", key_id=key_id, plain_text="x") == (403, "KMS.0306")
    assert neighbour.refusal("create_grant", **wish, operations=["sign"]) == (403, "KMS.0306")
    first = client.list_grants(key_id=key_id, limit="1")
    second = client.list_grants(key_id=key_id, limit="1", marker=first.next_marker)
    assert [one.grant_id for page in (first, second) for one in page.grants] == made
    assert [one.grant_id for one in neighbour.list_retirable_grants().grants] == made
    assert client.show_user_quotas().quotas.resources[1].used == 2
    assert client.refusal("list_grants", key_id=key_id, marker="\0") == (400, "KMS.1602")
    assert client.refusal("create_grant", **wish, operations=["sign"], name="\0") == (400, "KMS.0308")
    assert client.refusal("create_grant", key_id=key_id, grantee_principal="\0", operations=["sign"]) == (
        400,
        "KMS.2402",
    )
    neighbour.cancel_self_grant(key_id=key_id, grant_id=made[0])
    client.cancel_grant(key_id=key_id, grant_id=made[1])
    assert neighbour.refusal("decrypt_data", cipher_text=sealed) == (400, "KMS.2201")
