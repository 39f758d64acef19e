"""What the fields of key management's requests mean and take (API contract, 4)."""

from typing import Any

from keys.crypto.macs import MAC_ALGORITHMS
from keys.crypto.signing import SIGNING_ALGORITHMS
from keys.grantable import GRANTABLE
from keys.models import GranteeType
from keys.operations.listing import LONGEST_LIST
from keys.operations.rotation import LONGEST_INTERVAL, SHORTEST_INTERVAL
from keys.operations.searching import COUNT, FILTER, MOST_CONDITIONS, MOST_KEYS, RESOURCE_NAME
from keys.specs import RSAES_OAEP_SHA_256, SPECS, KeyOrigin, KeyUsage
from keys.validators import GRANTS_PER_KEY

_KEY = {"description": "Id or alias of the key, 1 to 256 characters.", "examples": ["KEY_ID"]}
_ALGORITHMS = ["SYMMETRIC_DEFAULT", RSAES_OAEP_SHA_256]
_ADDITIONAL = {"description": "Data the ciphertext is bound to, up to 128 bytes; not encrypted."}
_CONTEXT = {
    "description": "The same as pairs of texts, up to 8192 characters; instead of additional_authenticated_data.",
    "type": ["object", "null"],
    "additionalProperties": {"type": "string"},
}


def _algorithm(description: str) -> dict[str, Any]:
    return {"description": description, "enum": [*_ALGORITHMS, None], "examples": [_ALGORITHMS[0]]}


_GRANTS = {"description": "How many to answer with at most.", "minimum": 1, "maximum": GRANTS_PER_KEY}
FIELDS: dict[str, dict[str, Any]] = {
    "key_id": _KEY,
    "source_key_id": {**_KEY, "description": "The key that the ciphertext is under."},
    "destination_key_id": {**_KEY, "description": "The key to encrypt under."},
    "target_key_id": {**_KEY, "description": "The key that the alias shall name."},
    "key_alias": {"description": "The key's name, 1 to 255 characters: letters, digits and _ - : /.", "maxLength": 255},
    "key_description": {"description": "Up to 255 characters.", "maxLength": 255},
    "key_usage": {"description": "What the key is for.", "enum": [*KeyUsage.values, None]},
    "origin": {"description": "Where the key material comes from.", "enum": [*KeyOrigin.values, None]},
    "key_spec": {
        "description": f"The algorithm, one of {', '.join(SPECS)}; of data keys, the kind: AES_256, ECC_NIST_P256…."
    },
    "key_state": {
        "description": "Only keys in this state.",
        "enum": [1, 2, 3, 4, 5, "1", "2", "3", "4", "5", "", None],
    },
    "enterprise_project_id": {"description": "An enterprise project's id; 0 is the default one."},
    "limit": {"description": "How many to answer with at most.", "minimum": 1, "maximum": LONGEST_LIST},
    "marker": {"description": "Where the page begins: next_marker of the page before."},
    "pending_days": {"description": "Days until the key is deleted.", "minimum": 7, "maximum": 1096},
    "plain_text": {
        "description": "The text, up to 4096 bytes; for encrypt-datakey the data key with its digest, in hexadecimal.",
        "minLength": 1,
    },
    "cipher_text": {"description": "A ciphertext: of data in Base64, of a data key in hexadecimal.", "minLength": 1},
    "encryption_algorithm": _algorithm("How the key encrypts."),
    "source_encryption_algorithm": _algorithm("How the ciphertext was encrypted."),
    "destination_encryption_algorithm": _algorithm("How to encrypt anew."),
    "additional_authenticated_data": _ADDITIONAL,
    "source_additional_authenticated_data": _ADDITIONAL,
    "destination_additional_authenticated_data": _ADDITIONAL,
    "encryption_context": _CONTEXT,
    "source_encryption_context": _CONTEXT,
    "destination_encryption_context": _CONTEXT,
    "datakey_length": {"description": "Bits of the data key, whole bytes.", "minimum": 8, "maximum": 8192},
    "datakey_plain_length": {"description": "Bytes of the data key.", "minimum": 1, "maximum": 1024},
    "datakey_cipher_length": {
        "description": "Bytes of the data key, where you know them.",
        "minimum": 1,
        "maximum": 1024,
    },
    "with_plain_text": {"description": "Whether the private key is answered unencrypted too."},
    "random_data_length": {"description": "Bits, whole bytes.", "minimum": 8, "maximum": 8192},
    "message": {"description": "Message or digest in Base64.", "minLength": 1},
    "message_type": {
        "description": "What the message is; a digest unless said otherwise.",
        "enum": ["DIGEST", "RAW", None],
    },
    "signature": {"description": "The signature in Base64.", "minLength": 1},
    "signing_algorithm": {
        "description": "Padding and digest, as the key's spec allows.",
        "enum": [*SIGNING_ALGORITHMS],
    },
    "mac": {"description": "The MAC in hexadecimal.", "minLength": 1},
    "mac_algorithm": {
        "description": "The algorithm of the key.",
        "enum": [*MAC_ALGORITHMS],
    },
    "rotation_interval": {
        "description": "Days between rotations.",
        "minimum": SHORTEST_INTERVAL,
        "maximum": LONGEST_INTERVAL,
    },
    "alias": {
        "description": "alias/ and 1 to 249 letters, digits and _ - : /.",
        "pattern": "^alias/[A-Za-z0-9_:/-]{1,249}$",
    },
    "aliases": {"description": "The aliases to delete.", "minItems": 1},
    "tag": {"description": "A key of up to 128 characters and a value of up to 255."},
    "tags": {"description": "Up to 20 tags."},
    "key": {"description": "The tag's key."},
    "action": {"description": "What to do with the tags.", "enum": ["create", "delete"]},
    "wrapping_algorithm": {
        "description": "How you will wrap the key material.",
        "enum": [RSAES_OAEP_SHA_256],
    },
    "import_token": {"description": "The token of get-parameters-for-import, in Base64."},
    "encrypted_key_material": {"description": "The wrapped key material, in Base64."},
    "encrypted_privatekey": {"description": "The private key, wrapped under the key material, in Base64."},
    "expiration_time": {"description": "When the material expires, in seconds since 1970; never where it is missing."},
    "FindKeysRequest.action": {
        "description": "Whether to answer with the keys, page by page, or with their number.",
        "enum": [FILTER, COUNT],
    },
    "FindKeysRequest.tags": {
        "description": "The tags that a key must have, each with one of its values.",
        "maxItems": MOST_CONDITIONS,
    },
    "FindKeysRequest.limit": {
        "description": "How many to answer with at most.",
        "minimum": 1,
        "maximum": MOST_KEYS,
    },
    "matches": {"description": f"Another condition: {RESOURCE_NAME}, the whole alias of the key."},
    "MigrateResourceRequest.enterprise_project_id": {
        "description": "Id of the enterprise project to move to; 0 is the default one."
    },
    "resource_id": {"description": "Id of the key."},
    "resource_type": {"description": "What the resource is.", "enum": ["kms"]},
    "CreateGrantRequest.name": {"description": "The grant's name, up to 255 letters, digits and _ - : /."},
    "grantee_principal": {"description": "Id of the user, or of the account, who may use the key."},
    "grantee_principal_type": {"description": "Who that is.", "enum": [*GranteeType.values, None]},
    "retiring_principal": {"description": "Id of the user who may retire the grant."},
    "operations": {"description": "What the grantee may call.", "items": {"type": "string", "enum": [*GRANTABLE]}},
    "grant_id": {"description": "Id of the grant."},
    "ListGrantsRequest.limit": _GRANTS,
    "ListRetirableGrantsRequest.limit": _GRANTS,
}

_MESSAGE = "SGVsbG8sIHdvcmxkLg=="
_TAGS = [{"key": "team", "value": "orders"}]
EXAMPLES: dict[str, dict[str, Any]] = {
    "POST create-key": {"key_alias": "orders", "key_description": "For the orders"},
    "POST list-keys": {"limit": 10},
    "POST update-key-alias": {"key_alias": "orders-2"},
    "POST update-key-description": {"key_description": "For all orders"},
    "POST encrypt-data": {"plain_text": "Hello, world."},
    "POST decrypt-data": {"cipher_text": "CIPHER_TEXT"},
    "POST re-encrypt": {"cipher_text": "CIPHER_TEXT"},
    "POST create-datakey": {"datakey_length": 256},
    "POST create-datakey-without-plaintext": {"datakey_length": 256},
    "POST encrypt-datakey": {"plain_text": "DATA_KEY_AND_DIGEST", "datakey_plain_length": 32},
    "POST decrypt-datakey": {"cipher_text": "DATA_KEY_CIPHER_TEXT", "datakey_cipher_length": 32},
    "POST create-rsa-datakey-pair": {"key_spec": "RSA_2048"},
    "POST create-ec-datakey-pair": {"key_spec": "ECC_NIST_P256"},
    "POST gen-random": {"random_data_length": 256},
    "POST sign": {
        "key_id": "EC_KEY_ID",
        "message": _MESSAGE,
        "message_type": "RAW",
        "signing_algorithm": "ECDSA_SHA_256",
    },
    "POST verify": {
        "key_id": "EC_KEY_ID",
        "message": _MESSAGE,
        "message_type": "RAW",
        "signature": "SIGNATURE",
        "signing_algorithm": "ECDSA_SHA_256",
    },
    "POST get-publickey": {"key_id": "EC_KEY_ID"},
    "POST generate-mac": {"key_id": "MAC_KEY_ID", "message": _MESSAGE},
    "POST verify-mac": {"key_id": "MAC_KEY_ID", "message": _MESSAGE, "mac": "MAC"},
    "POST aliases": {"alias": "alias/orders"},
    "POST alias/associate": {"alias": "alias/orders"},
    "DELETE aliases": {"aliases": ["alias/orders"]},
    "POST get-parameters-for-import": {"key_id": "EXTERNAL_KEY_ID"},
    "POST import-key-material": {"key_id": "EXTERNAL_KEY_ID"},
    "POST delete-imported-key-material": {"key_id": "EXTERNAL_KEY_ID"},
    "POST create-grant": {"grantee_principal": "USER_ID", "operations": ["encrypt-data", "decrypt-data"]},
    "POST /v1.0/enterprise-projects/{enterprise_project_id}/resources-migrate": {
        "enterprise_project_id": "0",
        "project_id": "PROJECT_ID",
        "resource_id": "KEY_ID",
        "resource_type": "kms",
    },
    "POST resource_instances/action": {"action": FILTER, "tags": [{"key": "team", "values": ["orders"]}]},
    "SDK list_kms_by_tags": {"resource_instances": "resource_instances"},
    "POST {key_id}/tags": {"tag": _TAGS[0]},
    "POST {key_id}/tags/action": {"action": "create", "tags": _TAGS},
    "DELETE {key_id}/tags/{key}": {"key": "team"},
}
