"""Grants by the official SDK, across accounts; and every call that names a key, tried with and without a grant."""

import base64
import re
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from console.api.routes import Route
from keys.crypto.datakeys import digest_of
from keys.crypto.macs import generate_mac
from keys.crypto.sealing import Purpose, seal
from keys.crypto.signing import sign
from keys.grantable import GRANTABLE
from keys.models import Grant, Key
from tests.api.test_neighbours import WITH_KEY, name_of, request_of
from tests.support.keyring import Held, hold
from tests.support.people import Person, colleague, with_access_key
from tests.support.sdk import Sdk
from tests.support.servers import Server
from tests.support.wire import call, kms

MESSAGE = b"a message of 32 bytes, no less.."
IN_BASE64 = base64.b64encode(MESSAGE).decode()
EIGHT = [
    "create-datakey",
    "create-datakey-without-plaintext",
    "encrypt-datakey",
    "decrypt-datakey",
    "describe-key",
    "retire-grant",
    "encrypt-data",
    "decrypt-data",
]


class Grantee(NamedTuple):
    """Another account of the same server, and its client."""

    account: dict[str, Any]
    sdk: Sdk

    @property
    def user(self) -> str:
        return str(self.account["user"]["id"])


@pytest.fixture
def grantee(server: Server) -> Grantee:
    made = server.create_account(f"grantee-{uuid.uuid4().hex[:8]}")
    return Grantee(made, Sdk(server, made))


# By the SDK


def test_a_grant_lets_another_account_do_what_it_names(sdk: Sdk, grantee: Grantee) -> None:
    key_id, other = sdk.new_key(), grantee.sdk
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text
    assert other.refusal("encrypt_data", key_id=key_id, plain_text="x") == (404, "KMS.0207")

    made = sdk.create_grant(key_id=key_id, grantee_principal=grantee.user, operations=EIGHT)

    assert re.fullmatch(r"[0-9a-f]{64}", made.grant_id)
    assert other.decrypt_data(cipher_text=sealed).plain_text == "secret"
    theirs = other.encrypt_data(key_id=key_id, plain_text="theirs")
    assert (theirs.key_id, sdk.decrypt_data(cipher_text=theirs.cipher_text).plain_text) == (key_id, "theirs")
    new = other.create_datakey(key_id=key_id, datakey_length="512")
    opened = sdk.decrypt_datakey(key_id=key_id, cipher_text=new.cipher_text, datakey_cipher_length="64")
    assert opened.data_key == new.plain_text
    assert other.create_datakey_without_plaintext(key_id=key_id).key_id == key_id
    wrapped = other.encrypt_datakey(
        key_id=key_id, plain_text=opened.data_key + opened.datakey_dgst, datakey_plain_length="64"
    )
    again = other.decrypt_datakey(key_id=key_id, cipher_text=wrapped.cipher_text, datakey_cipher_length="64")
    assert again.data_key == new.plain_text
    seen, own = other.list_key_detail(key_id=key_id).key_info, sdk.list_key_detail(key_id=key_id).key_info
    assert seen.to_dict() == own.to_dict()
    assert other.refusal("disable_key", key_id=key_id) == (403, "KMS.0306")
    assert other.refusal("list_grants", key_id=key_id) == (403, "KMS.0306")
    assert other.refusal("create_ec_datakey_pair", key_id=key_id, key_spec="ECC_NIST_P256") == (403, "KMS.0306")
    assert other.list_keys(key_spec="ALL").keys == []
    assert other.show_user_quotas().quotas.resources[0].used == 0

    sdk.cancel_grant(key_id=key_id, grant_id=made.grant_id)
    assert other.refusal("encrypt_data", key_id=key_id, plain_text="x") == (404, "KMS.0207")
    assert other.refusal("decrypt_data", cipher_text=sealed) == (400, "KMS.2201")


def test_a_grant_to_an_account_and_what_it_says(sdk: Sdk, account: dict[str, Any], grantee: Grantee) -> None:
    key_id = sdk.new_key("RSA_2048")
    domain = grantee.account["account"]["id"]
    began = time.time() * 1000

    grant_id = sdk.create_grant(
        key_id=key_id,
        grantee_principal=domain,
        grantee_principal_type="domain",
        operations=["verify", "sign", "get-publickey", "sign"],
        name="ci/sign",
        retiring_principal=account["user"]["id"],
    ).grant_id

    (shown,) = sdk.list_grants(key_id=key_id).grants
    assert int(began) <= int(shown.creation_date) <= time.time() * 1000
    assert {**shown.to_dict(), "creation_date": ""} == {
        "key_id": key_id,
        "grant_id": grant_id,
        "grantee_principal": domain,
        "grantee_principal_type": "domain",
        "operations": ["sign", "verify", "get-publickey"],
        "issuing_principal": account["user"]["id"],
        "creation_date": "",
        "name": "ci/sign",
        "retiring_principal": account["user"]["id"],
    }
    signing = {"key_id": key_id, "signing_algorithm": "RSASSA_PSS_SHA_256", "message_type": "RAW"}
    signature = grantee.sdk.sign(**signing, message=IN_BASE64).signature
    verified = grantee.sdk.validate_signature(**signing, message=IN_BASE64, signature=signature)
    assert verified.signature_valid == "true"
    assert grantee.sdk.show_public_key(key_id=key_id).key_id == key_id


def test_refusals_carry_the_codes_of_the_contract(sdk: Sdk, grantee: Grantee) -> None:
    key_id, other = sdk.new_key(), sdk.new_key()
    wish: dict[str, Any] = {"key_id": key_id, "grantee_principal": grantee.user, "operations": ["encrypt-data"]}

    assert sdk.refusal("create_grant", **{**wish, "operations": ["create-grant"]}) == (400, "KMS.2401")
    assert sdk.refusal("create_grant", **{**wish, "operations": ["disable-key"]}) == (400, "KMS.0308")
    assert sdk.refusal("create_grant", **{**wish, "operations": []}) == (400, "KMS.0308")
    assert sdk.refusal("create_grant", **{**wish, "grantee_principal": "nobody"}) == (400, "KMS.2402")
    assert sdk.refusal("create_grant", **wish, retiring_principal="no one") == (400, "KMS.2402")
    assert sdk.refusal("create_grant", **wish, grantee_principal_type="group") == (400, "KMS.0308")
    assert sdk.refusal("create_grant", **wish, name="a b") == (400, "KMS.0308")
    assert sdk.refusal("create_grant", key_id=key_id, grantee_principal=grantee.user) == (400, "KMS.0204")
    assert sdk.refusal("create_grant", **{**wish, "key_id": "no-id"}) == (400, "KMS.0205")
    assert sdk.refusal("create_grant", **{**wish, "key_id": str(uuid.uuid4())}) == (404, "KMS.0207")
    default = sdk.create_datakey_without_plaintext(key_id="obs/default").key_id
    assert sdk.refusal("create_grant", **{**wish, "key_id": default}) == (400, "KMS.0211")
    grant_id = sdk.create_grant(**wish).grant_id
    for method in ("cancel_grant", "cancel_self_grant"):
        assert sdk.refusal(method, key_id=key_id, grant_id="ab" * 32) == (400, "KMS.2501")
        assert sdk.refusal(method, key_id=key_id, grant_id="1") == (400, "KMS.2501")
        assert sdk.refusal(method, key_id=other, grant_id=grant_id) == (400, "KMS.2502")
    assert sdk.refusal("list_grants", key_id=key_id, limit="0") == (400, "KMS.1601")
    assert sdk.refusal("list_grants", key_id=key_id, marker="x") == (400, "KMS.1602")
    assert sdk.refusal("list_retirable_grants", limit="x") == (400, "KMS.1601")
    sdk.disable_key(key_id=key_id)
    assert sdk.refusal("create_grant", **wish) == (400, "KMS.0209")
    sdk.delete_key(key_id=key_id, pending_days="7")
    assert sdk.refusal("create_grant", **wish) == (400, "KMS.0210")
    assert [one.grant_id for one in sdk.list_grants(key_id=key_id).grants] == [grant_id]
    external = sdk.new_key(origin="external")
    assert sdk.refusal("create_grant", **{**wish, "key_id": external}) == (400, "KMS.0310")


def test_grants_come_in_pages(sdk: Sdk, grantee: Grantee) -> None:
    key_id = sdk.new_key()
    made = [
        sdk.create_grant(key_id=key_id, grantee_principal=grantee.user, operations=["sign"]).grant_id for _ in range(5)
    ]

    seen, marker = [], "0"
    while marker:
        page = sdk.list_grants(key_id=key_id, limit="2", marker=marker)
        assert (page.total, page.truncated) == (5, "true" if page.next_marker else "false")
        seen += [one.grant_id for one in page.grants]
        marker = page.next_marker

    assert seen == made
    assert len(sdk.list_grants(key_id=key_id, limit=1000, marker="").grants) == 5
    assert [one.used for one in sdk.show_user_quotas().quotas.resources] == [1, 5]


def test_a_retiring_principal_of_another_account_finds_and_retires(sdk: Sdk, server: Server, grantee: Grantee) -> None:
    key_id = sdk.new_key()
    third = server.create_account(f"third-{uuid.uuid4().hex[:8]}")
    retiring = Sdk(server, third)
    wish = {"key_id": key_id, "grantee_principal": grantee.user, "operations": ["encrypt-data"]}
    sdk.create_grant(**wish)
    grant_id = sdk.create_grant(**wish, retiring_principal=third["user"]["id"]).grant_id

    found = retiring.list_retirable_grants()

    assert ([one.grant_id for one in found.grants], found.total) == ([grant_id], 1)
    assert retiring.refusal("encrypt_data", key_id=key_id, plain_text="x") == (404, "KMS.0207")
    assert retiring.refusal("cancel_grant", key_id=key_id, grant_id=grant_id) == (404, "KMS.0207")
    retiring.cancel_self_grant(key_id=key_id, grant_id=grant_id)
    assert retiring.list_retirable_grants().grants == []
    assert sdk.list_grants(key_id=key_id).total == 1
    assert retiring.refusal("cancel_self_grant", key_id=key_id, grant_id=grant_id) == (404, "KMS.0207")


def test_a_grantee_passes_on_by_the_wire(sdk: Sdk, server: Server, grantee: Grantee) -> None:
    key_id = sdk.new_key()
    third = server.create_account(f"third-{uuid.uuid4().hex[:8]}")
    wish = {"key_id": key_id, "grantee_principal": third["user"]["id"]}
    sdk.create_grant(key_id=key_id, grantee_principal=grantee.user, operations=["create-grant", "encrypt-data"])

    grantee.sdk.create_grant(**wish, operations=["encrypt-data"])

    assert Sdk(server, third).encrypt_data(key_id=key_id, plain_text="x").key_id == key_id
    assert grantee.sdk.refusal("create_grant", **wish, operations=["decrypt-data"]) == (403, "KMS.0306")
    assert sdk.list_grants(key_id=key_id).grants[1].issuing_principal == grantee.user


# The outside acceptance cases (API contract, 6)


def test_acc_kms_grant_basic(sdk: Sdk, account: dict[str, Any], grantee: Grantee) -> None:
    key_id = sdk.new_key()

    grant_id = sdk.create_grant(
        key_id=key_id, name="acc-test", grantee_principal=grantee.user, grantee_principal_type="user", operations=EIGHT
    ).grant_id

    (read,) = [one for one in sdk.list_grants(key_id=key_id, limit=100).grants if one.grant_id == grant_id]
    assert (read.name, read.grantee_principal, read.grantee_principal_type) == ("acc-test", grantee.user, "user")
    assert set(read.operations) == set(EIGHT)
    assert read.issuing_principal == account["user"]["id"]
    assert sdk.cancel_grant(key_id=key_id, grant_id=grant_id).to_dict() == {}
    assert sdk.list_grants(key_id=key_id, limit=100).grants == []


def test_acc_data_source_kms_grants(sdk: Sdk, grantee: Grantee) -> None:
    key_id = sdk.new_key()
    sdk.create_grant(
        key_id=key_id,
        grantee_principal=grantee.user,
        operations=["describe-key", "create-datakey"],
        name="acc-test",
        retiring_principal=grantee.user,
    )

    (found,) = sdk.list_grants(key_id=key_id, limit=1000).grants

    assert all(found.to_dict().values())


def test_acc_data_source_retirable_grants(sdk: Sdk, account: dict[str, Any], grantee: Grantee) -> None:
    key_id = sdk.new_key()
    sdk.create_grant(
        key_id=key_id,
        grantee_principal=grantee.user,
        operations=["describe-key"],
        name="acc-test",
        retiring_principal=account["user"]["id"],
    )

    (found,) = sdk.list_retirable_grants(limit=100).grants

    assert all(found.to_dict().values())


def test_acc_retire_grant(sdk: Sdk, account: dict[str, Any], grantee: Grantee) -> None:
    key_id = sdk.new_key()
    made = sdk.create_grant(
        key_id=key_id,
        grantee_principal=grantee.user,
        operations=["describe-key", "retire-grant"],
        retiring_principal=account["user"]["id"],
    )

    assert sdk.cancel_self_grant(key_id=key_id, grant_id=made.grant_id).to_dict() == {}
    assert sdk.list_grants(key_id=key_id).grants == []
    own = sdk.create_grant(key_id=key_id, grantee_principal=grantee.user, operations=["sign", "retire-grant"])
    grantee.sdk.cancel_self_grant(key_id=key_id, grant_id=own.grant_id)
    assert grantee.sdk.refusal("sign", key_id=key_id, message=IN_BASE64, signing_algorithm="x") == (404, "KMS.0207")


# Every call that names a key


class Proper(NamedTuple):
    """A kind of key that a granted call works with, and a body with which it does."""

    spec: str
    body: Callable[[Held, Grant], dict[str, Any]]


def _signing(held: Held, _grant: Grant) -> dict[str, Any]:
    return {"message": IN_BASE64, "message_type": "RAW", "signing_algorithm": "ECDSA_SHA_256"}


def _macing(_held: Held, _grant: Grant) -> dict[str, Any]:
    return {"message": IN_BASE64, "mac_algorithm": "HMAC_SHA_256"}


def _signature(held: Held) -> str:
    return base64.b64encode(sign(held.material, "ECDSA_SHA_256", MESSAGE, is_digest=False)).decode()


def _sealed(held: Held, purpose: Purpose) -> bytes:
    return seal(held.material, held.key.pk, 1, purpose, MESSAGE)


PROPER: dict[str, Proper] = {
    "create-datakey": Proper("AES_256", lambda held, grant: {}),
    "create-datakey-without-plaintext": Proper("AES_256", lambda held, grant: {}),
    "encrypt-datakey": Proper(
        "AES_256",
        lambda held, grant: {
            "plain_text": (MESSAGE + digest_of("AES_256", MESSAGE)).hex(),
            "datakey_plain_length": "32",
        },
    ),
    "decrypt-datakey": Proper(
        "AES_256",
        lambda held, grant: {"cipher_text": _sealed(held, Purpose.DATA_KEY).hex(), "datakey_cipher_length": "32"},
    ),
    "describe-key": Proper("AES_256", lambda held, grant: {}),
    "create-grant": Proper(
        "AES_256", lambda held, grant: {"grantee_principal": grant.grantee_id, "operations": ["create-grant", "sign"]}
    ),
    "retire-grant": Proper("AES_256", lambda held, grant: {"grant_id": grant.pk}),
    "encrypt-data": Proper("AES_256", lambda held, grant: {"plain_text": "x"}),
    "decrypt-data": Proper(
        "AES_256", lambda held, grant: {"cipher_text": base64.b64encode(_sealed(held, Purpose.DATA)).decode()}
    ),
    "sign": Proper("EC_P256", _signing),
    "verify": Proper("EC_P256", lambda held, grant: {**_signing(held, grant), "signature": _signature(held)}),
    "generate-mac": Proper("HMAC_256", _macing),
    "verify-mac": Proper(
        "HMAC_256", lambda held, grant: {**_macing(held, grant), "mac": generate_mac(held.material, MESSAGE).hex()}
    ),
    "get-publickey": Proper("EC_P256", lambda held, grant: {}),
}
GRANTED = [route for route in WITH_KEY if route.path.rpartition("/")[2] in PROPER]


def grant(key: Key, to: Person, *names: str) -> Grant:
    return Grant.objects.create(key=key, grantee_user=to.user, operations=list(names))


def test_all_that_can_be_granted_is_tried() -> None:
    assert PROPER.keys() == GRANTABLE.keys()
    assert len(GRANTED) == len(PROPER)


@pytest.mark.parametrize("route", WITH_KEY, ids=name_of)
def test_a_call_is_refused_under_every_grant_but_its_own(route: Route, alice: Person, charlie: Person) -> None:
    key = hold(alice.project, "AES_256").key
    path, body = request_of(route, charlie.project.pk, str(key.pk))
    others = [name for name in GRANTABLE if name != route.path.rpartition("/")[2]]

    without = call(charlie, route.method, path, body)
    made = grant(key, charlie, *others)
    under_others = call(charlie, route.method, path, body)
    made.delete()
    after = call(charlie, route.method, path, body)

    assert [(one.status, one.code) for one in (without, under_others, after)] == [
        (404, "KMS.0207"),
        (403, "KMS.0306"),
        (404, "KMS.0207"),
    ]
    assert key.alias.encode() not in under_others.body


@pytest.mark.parametrize("route", GRANTED, ids=name_of)
def test_a_granted_call_works_in_another_account(route: Route, alice: Person, charlie: Person) -> None:
    verb = route.path.rpartition("/")[2]
    held = hold(alice.project, PROPER[verb].spec)
    # To pass something on one must hold it: no other call needs a second operation.
    made = grant(held.key, charlie, verb, *(["sign"] if verb == "create-grant" else []))

    answer = kms(charlie, verb, {"key_id": str(held.key.pk), **PROPER[verb].body(held, made)})

    assert answer.status == 200, answer.body
    for field in {"signature_valid", "mac_valid"} & answer.json.keys():
        assert str(answer.json[field]).lower() == "true"


@pytest.mark.parametrize("route", GRANTED, ids=name_of)
def test_a_granted_call_works_for_a_user_without_a_role_in_the_keys_own_project(route: Route, alice: Person) -> None:
    verb = route.path.rpartition("/")[2]
    held, bob = hold(alice.project, PROPER[verb].spec), with_access_key(colleague(alice, "bob"))
    made = grant(held.key, bob, verb, *(["sign"] if verb == "create-grant" else []))

    answer = kms(bob, verb, {"key_id": str(held.key.pk), **PROPER[verb].body(held, made)})

    assert answer.status == 200, answer.body
