"""The event loop's own way to answer, which uses again what was read at the same state of the database: by it too every
kind of key answers in every state as the rules say, and nobody gets what was found for another."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from keys.calls import Call
from keys.models import Key, KeyState, check_usable, fits
from keys.models.rules import OF_STATE
from keys.specs import KeyOrigin
from tests.support.servers import Server, plain_http
from tests.support.signing import signed_headers

DIGEST = "A" * 43 + "="
ALGORITHMS = {"RSA_2048": "RSASSA_PKCS1_V1_5_SHA_256", "EC_P256": "ECDSA_SHA_256"}
KINDS = (
    ("AES_256", "ENCRYPT_DECRYPT"),
    ("SM4", "ENCRYPT_DECRYPT"),
    ("HMAC_256", "GENERATE_VERIFY_MAC"),
    ("RSA_2048", "ENCRYPT_DECRYPT"),
    ("RSA_2048", "SIGN_VERIFY"),
    ("EC_P256", "SIGN_VERIFY"),
)
CALLS = {
    "describe-key": Call.DESCRIBE_KEY,
    "encrypt-data": Call.ENCRYPT_DATA,
    "create-datakey": Call.CREATE_DATAKEY,
    "create-datakey-without-plaintext": Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
    "sign": Call.SIGN,
    "verify": Call.VERIFY_SIGNATURE,
    "generate-mac": Call.GENERATE_MAC,
    "get-publickey": Call.GET_PUBLIC_KEY,
}
COLLEAGUE = """
import json
from console.access.caller import Caller
from console.models import Account
from console.operations.users import create_user, write_access_key
account = Account.objects.get(pk={account!r})
user, _password = create_user(Caller.server(account), account=account, login="roleless")
key, secret = write_access_key(user)
print(json.dumps({{"ak": key.ak, "sk": secret}}))
"""


class Client(NamedTuple):
    """Someone who signs requests, and the project that he is in."""

    server: Server
    project: str
    ak: str
    sk: str

    def ask(self, verb: str, *, project: str = "", **fields: Any) -> tuple[int, str, Any]:
        """Status, error code and content of the answer."""
        path, body = f"/v1.0/{project or self.project}/kms/{verb}", json.dumps(fields).encode()
        headers = signed_headers(self.ak, self.sk, "POST", path, body, host=f"127.0.0.1:{self.server.port}")
        answer = plain_http.post(f"{self.server.url}{path}", content=body, headers=headers).json()
        error = answer.get("error", answer)
        return (400 if "error_code" in error else 200), error.get("error_code", ""), answer


@pytest.fixture(scope="module")
def accounts(server: Server) -> list[dict[str, Any]]:
    return [server.create_account(name, quota=100) for name in ("hot-holder", "hot-stranger")]


@pytest.fixture
def holder(server: Server, accounts: list[dict[str, Any]]) -> Client:
    return client_of(server, accounts[0])


@pytest.fixture
def stranger(server: Server, accounts: list[dict[str, Any]]) -> Client:
    return client_of(server, accounts[1])


@pytest.fixture(scope="module")
def roleless(server: Server, accounts: list[dict[str, Any]]) -> Client:
    """A user of the same account without any role."""
    key = json.loads(server.quickly(code=COLLEAGUE.format(account=accounts[0]["account"]["id"])))
    return Client(server, accounts[0]["projects"][0]["id"], key["ak"], key["sk"])


def client_of(server: Server, account: dict[str, Any]) -> Client:
    return Client(server, account["projects"][0]["id"], account["access_key"]["ak"], account["access_key"]["sk"])


@pytest.fixture(params=KINDS, ids="-".join)
def key(request: pytest.FixtureRequest, holder: Client) -> tuple[str, Key]:
    """A key's id, and what the rules ask of it."""
    spec, usage = request.param
    alias = f"{spec}-{usage}-{request.node.name}"[:60].replace("[", "-").replace("]", "")
    made = holder.ask("create-key", key_alias=alias, key_spec=spec, key_usage=usage)[2]["key_info"]["key_id"]
    return made, Key(key_spec=spec, key_usage=usage, origin=KeyOrigin.KMS, state=KeyState.ENABLED)


def wish(client: Client, verb: str, key_id: str, key: Key) -> dict[str, Any]:
    """The fields of a call, right ones where the key's kind is fit for it."""
    fields: dict[str, Any] = {"key_id": key_id}
    algorithm = ALGORITHMS.get(key.key_spec, "ECDSA_SHA_256")
    if verb == "encrypt-data":
        fields |= {"plain_text": "x", "encryption_algorithm": key.spec.encryption_algorithm or None}
    elif verb in {"sign", "verify"}:
        fields |= {"message": DIGEST, "message_type": "DIGEST", "signing_algorithm": algorithm}
    elif verb == "generate-mac":
        fields |= {"message": DIGEST, "mac_algorithm": "HMAC_SHA_256"}
    if verb == "verify":
        fields["signature"] = client.ask("sign", **fields)[2].get("signature", DIGEST)
    return fields


def test_every_kind_answers_in_every_state_as_the_rules_say(holder: Client, key: tuple[str, Key]) -> None:
    key_id, described = key
    wishes = {verb: wish(holder, verb, key_id, described) for verb in CALLS}
    later = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%d %H:%M:%S.%f")
    for state in (KeyState.ENABLED, KeyState.DISABLED, KeyState.PENDING_DELETION, KeyState.ENABLED):
        described.state = state
        deletion = later if state == KeyState.PENDING_DELETION else None
        change = "UPDATE keys_key SET state = %s, deletion_at = %s WHERE id = %s"
        holder.server.execute(change, state.value, deletion, key_id.replace("-", ""))
        for verb, call in CALLS.items():
            expected = ""
            try:
                check_usable(described, call)
            except Exception as refusal:  # noqa: BLE001 - whatever the rules say
                expected = str(refusal.code)  # type: ignore[attr-defined]
            for _ in range(2):  # read, then used again
                assert holder.ask(verb, **wishes[verb])[1] == expected, (verb, state)


def test_nobody_gets_what_was_found_for_another(
    holder: Client, roleless: Client, stranger: Client, key: tuple[str, Key]
) -> None:
    key_id, described = key
    for verb, call in CALLS.items():
        if not fits(described, call):
            continue
        fields = wish(holder, verb, key_id, described)
        for _ in range(2):
            assert holder.ask(verb, **fields)[0] == 200
            assert roleless.ask(verb, **fields)[1] == "KMS.0306", verb
            assert stranger.ask(verb, **fields)[1] == "KMS.0207", verb
            assert stranger.ask(verb, project=holder.project, **fields)[1] == "KMS.0321", verb


def test_a_creation_that_destroys_what_is_due_first_is_made(holder: Client) -> None:
    first = holder.ask("create-key", key_alias="taken")[2]["key_info"]["key_id"]
    due = "UPDATE keys_key SET state = 4, deletion_at = '2020-01-01 00:00:00' WHERE id = %s"
    holder.server.execute(due, first.replace("-", ""))

    assert holder.ask("create-key", key_alias="taken")[0] == 200
    assert holder.ask("describe-key", key_id=first)[1] == "KMS.0207"


def test_the_states_that_refuse_have_codes_of_their_own() -> None:
    assert len({error.code for error in OF_STATE.values()}) == len(OF_STATE)
