"""AWS's clients against the door, unmodified: they know its address and an access key, and nothing else is ours."""

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.engines.client import Client, Refused
from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.engines,
    pytest.mark.without_database,  # tests/aws has them all on both, without the clients
    pytest.mark.xdist_group("aws clients"),
    *map(pytest.mark.filterwarnings, ("ignore::DeprecationWarning", "ignore::ResourceWarning")),  # the SDK's own
]
CONTEXT = {"tenant": "blue", "table": "orders"}
MAKE_PROGRAM = """
import json
from console.access.caller import Caller
from console.models import Project
from console.operations.service_users import create_service_user
from console.operations.users import write_access_key

project = Project.objects.select_related("account").get(pk={project!r})
user = create_service_user(Caller.server(project.account, project), project=project, login="shop")
key, secret = write_access_key(user)
print(json.dumps({{"id": user.pk, "ak": key.ak, "sk": secret}}))
"""


@dataclass
class User:
    """Who has an access key, as AWS's clients know him."""

    clients: Client
    ak: str
    sk: str
    region: str
    token: str = ""

    @property
    def client(self) -> Client:
        """The clients with his access key."""
        self.clients.become(ak=self.ak, sk=self.sk, region=self.region, token=self.token)
        return self.clients

    def call(self, operation: str, **fields: Any) -> Any:
        """What boto3's method answers."""
        return self.client.call(operation=operation, **fields)

    def new_key(self, **fields: Any) -> str:
        """The ARN of a new key."""
        return str(self.call("create_key", **fields)["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def clients(server: Server) -> Iterator[Client]:
    """AWS's clients, set up as docs/integrations/aws.md says, but for the access key."""
    one = Client("aws", {"AWS_ENDPOINT_URL_KMS": server.url, "AWS_EC2_METADATA_DISABLED": "true"})
    yield one
    one.close()


@pytest.fixture(scope="module")
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"aws-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def owner(account: dict[str, Any], clients: Client) -> User:
    """Who may do everything in the account."""
    return User(clients, account["access_key"]["ak"], account["access_key"]["sk"], account["projects"][0]["region"])


@pytest.fixture(scope="module")
def stranger(server: Server, clients: Client) -> User:
    """The owner of another account."""
    made = server.create_account(f"aws-{uuid.uuid4().hex[:8]}")
    return User(clients, made["access_key"]["ak"], made["access_key"]["sk"], made["projects"][0]["region"])


@pytest.fixture
def key(owner: User) -> str:
    """The ARN of a new AES key of the owner's."""
    return owner.new_key()


def encoded(content: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode()}


# boto3


def test_boto3_makes_and_opens_a_data_key_until_the_key_is_disabled(owner: User, key: str) -> None:
    call = owner.call
    made = call("generate_data_key", KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    wish = {"operation": "decrypt", "CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": CONTEXT}
    assert (made["KeyId"], call(**wish)["Plaintext"]) == (key, made["Plaintext"])

    call("disable_key", KeyId=key)

    with pytest.raises(Refused, match=r"DisabledException.*KMS\.0209"):
        call(**wish)
    call("enable_key", KeyId=key)
    assert call(**wish)["Plaintext"] == made["Plaintext"]
    with pytest.raises(Refused, match="InvalidCiphertextException"):
        call(**wish | {"EncryptionContext": {"tenant": "red"}})


def test_boto3_understands_the_whole_life_of_a_key(owner: User) -> None:
    call = owner.call
    made = call("create_key", Description="of a test", Tags=[{"TagKey": "team", "TagValue": "blue"}])
    key = made["KeyMetadata"]["Arn"]
    alias = f"alias/{uuid.uuid4().hex[:8]}"
    call("create_alias", AliasName=alias, TargetKeyId=key)
    call("enable_key_rotation", KeyId=key, RotationPeriodInDays=90)
    call("rotate_key_on_demand", KeyId=key)
    assert call("get_key_rotation_status", KeyId=key)["RotationPeriodInDays"] == 90
    assert [one["RotationType"] for one in call("list_key_rotations", KeyId=key)["Rotations"]] == ["ON_DEMAND"]
    assert call("describe_key", KeyId=alias)["KeyMetadata"]["Description"] == "of a test"
    assert call("list_resource_tags", KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}]
    call("delete_alias", AliasName=alias)
    with pytest.raises(Refused, match="NotFoundException"):
        call("describe_key", KeyId=alias)

    call("schedule_key_deletion", KeyId=key, PendingWindowInDays=7)

    assert call("describe_key", KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    call("cancel_key_deletion", KeyId=key)


def test_boto3_signs_verifies_and_reads_the_public_key(owner: User) -> None:
    call, curve = owner.call, owner.new_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    wish = {"KeyId": curve, "Message": encoded(b"an order"), "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = call("sign", **wish)["Signature"]

    assert call("verify", Signature=signature, **wish)["SignatureValid"] is True
    assert call("get_public_key", KeyId=curve)["KeySpec"] == "ECC_NIST_P256"
    with pytest.raises(Refused, match="KMSInvalidSignatureException"):
        call("verify", Signature=signature, **wish | {"Message": encoded(b"another")})


def test_boto3_reads_lists_in_pages_and_the_request_id(owner: User, server: Server) -> None:
    keys = {owner.new_key() for _ in range(3)}

    found = owner.client.page_through(operation="list_keys", field="Keys", size=2)

    assert keys <= {one["KeyArn"] for one in found}
    told = owner.client.metadata(operation="generate_random", NumberOfBytes=16)
    assert told["status"] == 200
    assert server.read("SELECT name FROM console_trace WHERE request_id = %s", told["request_id"]) == [("genRandom",)]


def test_a_neighbours_key_is_not_there_and_a_wrong_secret_signs_nothing(owner: User, stranger: User, key: str) -> None:
    made = owner.call("generate_data_key", KeyId=key, KeySpec="AES_256")
    with pytest.raises(Refused, match="NotFoundException"):
        stranger.call("generate_data_key", KeyId=key, KeySpec="AES_256")
    with pytest.raises(Refused, match="InvalidCiphertextException"):
        stranger.call("decrypt", CiphertextBlob=made["CiphertextBlob"])

    with pytest.raises(Refused, match="InvalidSignatureException"):
        replace(owner, sk="another").call("generate_data_key", KeyId=key, KeySpec="AES_256")


def test_a_temporary_access_key_is_used_with_its_session_token(
    owner: User, key: str, server: Server, account: dict[str, Any]
) -> None:
    asked = {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}
    given = Sdk(server, account).iam.create_temporary_access_key_by_token(auth=asked).credential
    visitor = User(owner.clients, given.access, given.secret, owner.region, given.securitytoken)

    made = visitor.call("generate_data_key", KeyId=key, KeySpec="AES_256")

    assert owner.call("decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def test_a_service_user_uses_the_keys_that_it_is_granted_in_whatever_region(
    owner: User, key: str, server: Server, account: dict[str, Any]
) -> None:
    program = json.loads(server.quickly(code=MAKE_PROGRAM.format(project=account["projects"][0]["id"])))
    shop = User(owner.clients, program["ak"], program["sk"], "us-east-1")
    wish = {"operation": "generate_data_key", "KeyId": key, "KeySpec": "AES_256"}
    with pytest.raises(Refused, match="AccessDeniedException"):
        shop.call(**wish)

    given = {"GranteePrincipal": program["id"], "Operations": ["GenerateDataKey", "Decrypt"]}
    owner.call("create_grant", KeyId=key, **given)

    made = shop.call(**wish)
    assert shop.call("decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


# The AWS Encryption SDK


def test_the_encryption_sdk_encrypts_and_decrypts_until_the_key_is_disabled(owner: User, key: str) -> None:
    message = owner.client.encrypt(keys=[key], text="an order", context=CONTEXT)
    assert owner.client.decrypt(message=message, keys=[key]) == {"text": "an order", "context": CONTEXT}
    assert owner.client.decrypt(message=message)["text"] == "an order"

    owner.call("disable_key", KeyId=key)

    with pytest.raises(Refused, match="DecryptKeyError"):
        owner.client.decrypt(message=message, keys=[key])
    with pytest.raises(Refused, match="GenerateKeyError"):
        owner.client.encrypt(keys=[key], text="another", context={})
    owner.call("enable_key", KeyId=key)
    assert owner.client.decrypt(message=message, keys=[key])["text"] == "an order"


def test_a_message_under_two_keys_is_opened_by_either(owner: User, key: str) -> None:
    other = owner.new_key()
    message = owner.client.encrypt(keys=[key, other], text="an order", context=CONTEXT)

    owner.call("disable_key", KeyId=key)

    assert owner.client.decrypt(message=message, keys=[other])["text"] == "an order"


def test_a_cache_of_data_keys_asks_once(owner: User, key: str, server: Server) -> None:
    messages = owner.client.encrypt_with_cache(key=key, times=20)

    made = "SELECT name FROM console_trace WHERE name = 'createDataKey' AND resource_id = %s"
    assert len(server.read(made, key.rpartition("/")[2])) == 1
    assert [owner.client.decrypt(message=one, keys=[key])["text"] for one in messages[-2:]] == ["18", "19"]


def test_a_keyring_of_two_keys_is_opened_by_either(owner: User, key: str) -> None:
    other = owner.new_key()
    message = owner.client.encrypt_for_keyring(generator=key, others=[other], text="an order", context=CONTEXT)

    for one in (key, other):
        assert owner.client.decrypt_by_keyring(message=message, key=one, context=CONTEXT) == "an order"
    owner.call("disable_key", KeyId=other)
    with pytest.raises(Refused, match="No Configured KMS Key was able to decrypt"):
        owner.client.decrypt_by_keyring(message=message, key=other, context=CONTEXT)
    assert owner.client.decrypt_by_keyring(message=message, key=key, context=CONTEXT) == "an order"


def test_a_message_of_a_neighbours_is_not_opened(owner: User, stranger: User, key: str) -> None:
    message = owner.client.encrypt(keys=[key], text="an order", context=CONTEXT)

    with pytest.raises(Refused, match="DecryptKeyError"):
        stranger.client.decrypt(message=message)
