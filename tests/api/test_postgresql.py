"""What PostgreSQL alone brings: text that it can't store, and connections that are lost."""

import uuid

import psycopg
import pytest

from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
NUL = "\0"


def test_text_with_nul_is_refused_as_any_other_that_is_wrong(sdk: Sdk, server: Server) -> None:
    """On SQLite too, which could store it."""
    key_id = sdk.new_key()
    neighbour = server.create_account(f"wire-{uuid.uuid4().hex[:8]}")["user"]["id"]
    granting = {"key_id": key_id, "operations": ["sign"]}

    assert sdk.refusal("create_key", key_alias=f"x{NUL}") == (400, "KMS.1101")
    assert sdk.refusal("create_key", key_alias="x", key_description=NUL) == (400, "KMS.1103")
    assert sdk.refusal("list_key_detail", key_id=NUL) == (400, "KMS.0205")
    assert sdk.refusal("list_keys", enterprise_project_id=NUL, limit="x") == (400, "KMS.1601")
    assert sdk.list_keys(enterprise_project_id=NUL).keys == []
    assert sdk.refusal("delete_tag", key_id=key_id, key=f"a{NUL}b") == (400, "KMS.0406")
    assert sdk.refusal("encrypt_data", key_id=f"alias/{NUL}", plain_text="x") == (400, "KMS.0205")
    assert sdk.refusal("list_grants", key_id=key_id, marker=NUL) == (400, "KMS.1602")
    assert sdk.refusal("create_grant", **granting, grantee_principal=neighbour, name=NUL) == (400, "KMS.0308")
    assert sdk.refusal("create_grant", **granting, grantee_principal=NUL) == (400, "KMS.2402")


@pytest.mark.postgresql
def test_lost_connections_are_opened_anew_unseen(sdk: Sdk, server: Server) -> None:
    key_id = sdk.new_key()
    url = server.settings["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    for _ in range(40):
        assert sdk.encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
    sdk.disable_key(key_id=key_id)
