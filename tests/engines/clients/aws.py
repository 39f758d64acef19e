"""AWS's own clients, unmodified, with the address that the environment names: boto3, and the AWS Encryption SDK with
master key providers, a cache of data keys, and keyrings. Bytes travel as {"base64": ...}."""

import base64
import os
from datetime import datetime
from typing import Any

import aws_encryption_sdk
import boto3
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput, CreateAwsKmsMultiKeyringInput
from botocore.config import Config

from tests.engines.clients.answering import answer_all

ONCE = Config(retries={"max_attempts": 1})
made: dict[str, Any] = {}
kms: Any = None
sdk = aws_encryption_sdk.EncryptionSDKClient()
providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def become(*, ak: str, sk: str, region: str, token: str = "") -> None:
    """Have the clients use this access key and region from now on; a temporary one with its token."""
    global kms  # noqa: PLW0603 - which of those made is the present one
    os.environ |= {"AWS_ACCESS_KEY_ID": ak, "AWS_SECRET_ACCESS_KEY": sk, "AWS_DEFAULT_REGION": region}
    os.environ["AWS_SESSION_TOKEN"] = token
    made[ak + sk] = kms = made.get(ak + sk) or boto3.session.Session().client("kms", config=ONCE)


def call(*, operation: str, **fields: Any) -> Any:
    """What boto3's method answers, but for its metadata."""
    answer = getattr(kms, operation)(**_with_bytes(fields))
    del answer["ResponseMetadata"]
    return _as_json(answer)


def metadata(*, operation: str, **fields: Any) -> dict[str, Any]:
    """Status and request ID of an answer."""
    found = getattr(kms, operation)(**_with_bytes(fields))["ResponseMetadata"]
    return {"status": found["HTTPStatusCode"], "request_id": found["RequestId"]}


def page_through(*, operation: str, field: str, size: int) -> list[Any]:
    """All of a list that boto3's paginator reads in pages of a size."""
    pages = kms.get_paginator(operation).paginate(PaginationConfig={"PageSize": size})
    return [_as_json(one) for page in pages for one in page[field]]


def encrypt(*, keys: list[str], text: str, context: dict[str, str]) -> str:
    """A message of the Encryption SDK whose data key each of these keys opens."""
    provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=keys)
    message, _header = sdk.encrypt(source=text.encode(), key_provider=provider, encryption_context=context)
    return base64.b64encode(message).decode()


def decrypt(*, message: str, keys: list[str] | None = None) -> dict[str, Any]:
    """Its text and context, opened by these keys, or by whichever it names."""
    provider = (
        aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=keys)
        if keys
        else aws_encryption_sdk.DiscoveryAwsKmsMasterKeyProvider()
    )
    plaintext, header = sdk.decrypt(source=base64.b64decode(message), key_provider=provider)
    context = {name: value for name, value in header.encryption_context.items() if not name.startswith("aws-crypto")}
    return {"text": plaintext.decode(), "context": context}


def encrypt_with_cache(*, key: str, times: int) -> list[str]:
    """Messages whose data keys a cache keeps for a minute."""
    manager = aws_encryption_sdk.CachingCryptoMaterialsManager(
        master_key_provider=aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key]),
        cache=aws_encryption_sdk.LocalCryptoMaterialsCache(10),
        max_age=60.0,
        max_messages_encrypted=100,
    )
    context = {"tenant": "blue"}
    messages = [
        sdk.encrypt(source=str(number).encode(), materials_manager=manager, encryption_context=context)[0]
        for number in range(times)
    ]
    return [base64.b64encode(one).decode() for one in messages]


def encrypt_for_keyring(*, generator: str, others: list[str], text: str, context: dict[str, str]) -> str:
    """A message under a keyring of several keys."""
    given = CreateAwsKmsMultiKeyringInput(generator=generator, kms_key_ids=others)
    keyring = providers.create_aws_kms_multi_keyring(input=given)
    message, _header = sdk.encrypt(source=text.encode(), keyring=keyring, encryption_context=context)
    return base64.b64encode(message).decode()


def decrypt_by_keyring(*, message: str, key: str, context: dict[str, str]) -> str:
    """Its text, opened by one key."""
    keyring = providers.create_aws_kms_keyring(input=CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=kms))
    plaintext, _header = sdk.decrypt(source=base64.b64decode(message), keyring=keyring, encryption_context=context)
    return str(plaintext, "utf-8")


def _with_bytes(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value["base64"]) if isinstance(value, dict) and [*value] == ["base64"] else value
        for name, value in fields.items()
    }


def _as_json(value: Any) -> Any:
    match value:
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
        case datetime():
            return value.isoformat()
        case dict():
            return {name: _as_json(one) for name, one in value.items()}
        case list():
            return [_as_json(one) for one in value]
    return value


if __name__ == "__main__":
    answer_all(
        become,
        call,
        metadata,
        page_through,
        encrypt,
        decrypt,
        encrypt_with_cache,
        encrypt_for_keyring,
        decrypt_by_keyring,
    )
