"""Aliases by the official SDK."""

import base64
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.people import Person, with_access_key
from tests.support.sdk import Sdk
from tests.support.servers import Server
from tests.support.wire import kms

RSA_OAEP = {"encryption_algorithm": "RSAES_OAEP_SHA_256"}
MESSAGE = base64.b64encode(b"message").decode()


def names(sdk: Sdk, **fields: Any) -> list[str]:
    (found,) = sdk.list_aliases(**fields).body
    assert found.page_info.current_count == len(found.aliases)
    return [one.alias for one in found.aliases]


def test_an_alias_is_made_moved_listed_and_deleted(sdk: Sdk, account: dict[str, Any]) -> None:
    key_id, other = sdk.new_key(), sdk.new_key()

    made = sdk.create_alias(key_id=key_id, alias="alias/orders")

    domain = account["account"]["id"]
    assert (made.domain_id, made.key_id, made.alias) == (domain, key_id, "alias/orders")
    assert made.alias_urn == f"kms:ap-southeast-1:{domain}:alias:alias/orders"
    for moment in (made.create_time, made.update_time):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
        assert abs((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()) < 60

    moved = sdk.associate_alias(alias="alias/orders", target_key_id=other)
    assert (moved.key_id, moved.alias, moved.alias_urn) == (other, "alias/orders", made.alias_urn)
    assert (names(sdk), names(sdk, key_id=key_id), names(sdk, key_id=other)) == (["alias/orders"], [], ["alias/orders"])

    sdk.delete_alias(key_id=other, aliases=["alias/orders"])
    assert names(sdk) == []
    assert sdk.refusal("encrypt_data", key_id="alias/orders", plain_text="x") == (404, "KMS.0207")


def test_an_alias_stands_for_the_key_wherever_it_is_used_and_the_answer_has_its_id(sdk: Sdk) -> None:
    ids = {spec: sdk.new_key(spec) for spec in ("AES_256", "EC_P256", "HMAC_256")}
    ids["RSA_2048"] = sdk.new_key("RSA_2048", key_usage="ENCRYPT_DECRYPT")
    urns = {spec: sdk.create_alias(key_id=ids[spec], alias=f"alias/{spec}").alias_urn for spec in ids}

    for name in ("alias/AES_256", urns["AES_256"]):
        aes = ids["AES_256"]
        assert sdk.list_key_detail(key_id=name).key_info.key_id == aes
        sealed = sdk.encrypt_data(key_id=name, plain_text="x")
        assert sealed.key_id == aes
        assert sdk.decrypt_data(key_id=name, cipher_text=sealed.cipher_text).key_id == aes
        made = sdk.create_datakey(key_id=name, datakey_length="512")
        assert made.key_id == aes
        opened = sdk.decrypt_datakey(key_id=name, cipher_text=made.cipher_text, datakey_cipher_length="64")
        assert opened.data_key == made.plain_text
        assert sdk.create_datakey_without_plaintext(key_id=name).key_id == aes
        with_digest = opened.data_key + opened.datakey_dgst
        assert sdk.encrypt_datakey(key_id=name, plain_text=with_digest, datakey_plain_length="64").key_id == aes
        pair = sdk.create_ec_datakey_pair(key_id=name, key_spec="ECC_NIST_P256")
        assert pair.key_id == aes
        assert sdk.decrypt_data(cipher_text=pair.private_key_cipher_text).key_id == aes
        moved = sdk.re_encrypt(cipher_text=sealed.cipher_text, source_key_id=name, destination_key_id=name)
        assert (moved.source_key_id, moved.key_id) == (aes, aes)
    for name in ("alias/EC_P256", urns["EC_P256"]):
        signing = {"key_id": name, "signing_algorithm": "ECDSA_SHA_256", "message_type": "RAW", "message": MESSAGE}
        signed = sdk.sign(**signing)
        verified = sdk.validate_signature(**signing, signature=signed.signature)
        assert (signed.key_id, verified.key_id, verified.signature_valid) == (*[ids["EC_P256"]] * 2, "true")
        assert sdk.show_public_key(key_id=name).key_id == ids["EC_P256"]
    macing = {"key_id": "alias/HMAC_256", "mac_algorithm": "HMAC_SHA_256", "message": MESSAGE}
    mac = sdk.generate_mac(**macing)
    assert (mac.key_id, sdk.verify_mac(**macing, mac=mac.mac).mac_valid) == (ids["HMAC_256"], True)
    sealed = sdk.encrypt_data(key_id="alias/RSA_2048", plain_text="x", **RSA_OAEP)
    opened = sdk.decrypt_data(key_id="alias/RSA_2048", cipher_text=sealed.cipher_text, **RSA_OAEP)
    assert (sealed.key_id, opened.key_id, opened.plain_text) == (ids["RSA_2048"], ids["RSA_2048"], "x")


def test_calls_that_manage_a_key_take_its_id_only(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    sdk.create_alias(key_id=key_id, alias="alias/x")

    for method, more in (
        ("disable_key", {}),
        ("delete_key", {"pending_days": "7"}),
        ("rotate_on_demand", {}),
        ("create_alias", {"alias": "alias/y"}),
        ("update_key_alias", {"key_alias": "y"}),
    ):
        assert sdk.refusal(method, key_id="alias/x", **more) == (400, "KMS.0205")


@pytest.mark.parametrize("alias", ["orders", "alias/", "alias/a b", "alias/ü", "alias/" + "x" * 250])
def test_a_name_that_is_none_is_refused(sdk: Sdk, alias: str) -> None:
    key_id = sdk.new_key()

    assert sdk.refusal("create_alias", key_id=key_id, alias=alias) == (400, "KMS.1101")
    assert sdk.refusal("delete_alias", key_id=key_id, aliases=[alias]) == (400, "KMS.1101")


def test_refusals_carry_the_codes_of_the_contract(sdk: Sdk) -> None:
    key_id, other = sdk.new_key(), sdk.new_key()
    sdk.create_alias(key_id=key_id, alias="alias/x")

    assert sdk.refusal("create_alias", key_id=other, alias="alias/x") == (400, "KMS.1104")
    assert sdk.refusal("create_alias", key_id="no-id", alias="alias/y") == (400, "KMS.0205")
    assert sdk.refusal("create_alias", key_id=str(uuid.uuid4()), alias="alias/y") == (404, "KMS.0207")
    assert sdk.refusal("create_alias", key_id=key_id) == (400, "KMS.0204")
    assert sdk.refusal("associate_alias", alias="alias/nobody", target_key_id=other) == (404, "KMS.0207")
    assert sdk.refusal("delete_alias", key_id=other, aliases=["alias/x"]) == (404, "KMS.0207")
    assert sdk.refusal("delete_alias", key_id=key_id, aliases=[]) == (400, "KMS.0308")
    assert sdk.refusal("list_aliases", limit="0") == (400, "KMS.1601")
    assert sdk.refusal("list_aliases", marker="x") == (400, "KMS.1602")
    assert sdk.refusal("list_aliases", key_id="no-id") == (400, "KMS.0205")
    default = sdk.create_datakey_without_plaintext(key_id="obs/default").key_id
    assert sdk.refusal("create_alias", key_id=default, alias="alias/y") == (400, "KMS.0211")
    assert names(sdk) == ["alias/x"]


def test_the_51st_alias_of_a_key_is_refused(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    for number in range(50):
        sdk.create_alias(key_id=key_id, alias=f"alias/{number}")

    assert sdk.refusal("create_alias", key_id=key_id, alias="alias/50") == (400, "KMS.0308")
    sdk.delete_alias(key_id=key_id, aliases=["alias/7", "alias/8"])
    sdk.create_alias(key_id=key_id, alias="alias/50")
    assert len(names(sdk, key_id=key_id)) == 49


def test_a_list_goes_on_until_its_marker_is_empty(sdk: Sdk) -> None:
    key_id, seen, marker = sdk.new_key(), [], "0"
    for number in range(5):
        sdk.create_alias(key_id=key_id, alias=f"alias/{number}")

    while True:
        (page,) = sdk.list_aliases(limit="2", marker=marker).body
        seen += [one.alias for one in page.aliases]
        if not (marker := page.page_info.next_marker):
            break

    assert seen == [f"alias/{number}" for number in range(5)]


def test_a_neighbours_alias_is_found_by_nobody_else(server: Server, sdk: Sdk) -> None:
    urn = sdk.create_alias(key_id=sdk.new_key(), alias="alias/x").alias_urn
    neighbour = Sdk(server, server.create_account(f"wire-{uuid.uuid4().hex[:8]}"))
    own = neighbour.new_key()

    for name in ("alias/x", urn):
        assert neighbour.refusal("encrypt_data", key_id=name, plain_text="x") == (404, "KMS.0207")
        assert neighbour.refusal("list_key_detail", key_id=name) == (404, "KMS.0207")
    assert neighbour.refusal("associate_alias", alias="alias/x", target_key_id=own) == (404, "KMS.0207")
    assert neighbour.refusal("delete_alias", key_id=own, aliases=["alias/x"]) == (404, "KMS.0207")
    assert names(neighbour) == []
    neighbour.create_alias(key_id=own, alias="alias/x")
    assert names(sdk) == names(neighbour) == ["alias/x"]


def test_whoever_lacks_the_permission_is_told_which(alice: Person, bob: Person) -> None:
    answer = kms(with_access_key(bob), "aliases", method="GET")

    assert (answer.status, answer.code) == (403, "KMS.0306")
    assert "kms:alias:list" in answer.json["error"]["error_msg"]


def test_the_acceptance_cases_of_aliases(sdk: Sdk) -> None:
    """TestAccKmsAlias_basic, KmsAliasAssociate and KMSAliasesDataSource of the Terraform provider, in one order."""
    first, second = sdk.new_key(), sdk.new_key()
    made = sdk.create_alias(key_id=first, alias="alias/acc")
    (found,) = sdk.list_aliases(key_id=first, limit="50").body
    assert [one.alias for one in found.aliases] == ["alias/acc"]
    assert all((made.alias_urn, made.create_time, made.update_time))

    associated = sdk.associate_alias(alias="alias/acc", target_key_id=second)
    assert all((associated.alias_urn, associated.create_time, associated.update_time))

    sdk.create_alias(key_id=first, alias="alias/other")
    (everything,) = sdk.list_aliases().body
    assert {(one.alias, one.key_id) for one in everything.aliases} == {("alias/acc", second), ("alias/other", first)}
    (filtered,) = sdk.list_aliases(key_id=second).body
    assert {one.key_id for one in filtered.aliases} == {second}
    assert all(one.alias_urn and one.create_time and one.update_time for one in everything.aliases)
    assert filtered.page_info.next_marker == ""

    sdk.delete_alias(key_id=second, aliases=["alias/acc"])
    assert names(sdk, key_id=second) == []
