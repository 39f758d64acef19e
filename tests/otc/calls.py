"""Every call of key management that otcextensions has, by token, against the server that OS_AUTH_URL names.

Run by an environment that has otcextensions, which the tests' own has not; prints one JSON object, what came of each.
"""

import json
import sys
import uuid
from collections.abc import Callable
from typing import Any

import openstack
from openstack import exceptions
from otcextensions import sdk


def connect() -> Any:
    """The client's key management, for the user, account and project of the environment."""
    connection = openstack.connect(load_yaml_config=False)
    sdk.register_otc_extensions(connection)
    return connection.kms


def refusal(call: Callable[[], Any]) -> str:
    """How the client names what it was refused."""
    try:
        call()
    except exceptions.SDKException as error:
        return f"{type(error).__name__}: {error.message}"
    return ""


def run(kms: Any) -> dict[str, Any]:
    alias = f"otc-{uuid.uuid4().hex[:8]}"
    seen: dict[str, Any] = {}

    def state(key_id: str) -> str:
        return str(kms.get_key(key_id).key_state)

    def aliases(**query: int) -> list[str]:
        return [one.key_alias for one in kms.keys(**query)]

    key = kms.create_key(key_alias=alias)
    kms.create_key(key_alias=f"{alias}-2")
    seen["create_key"] = {"id": key.id, "domain_id": key.domain_id}
    seen["create_key again"] = refusal(lambda: kms.create_key(key_alias=alias))
    seen["get_key"] = {"alias": kms.get_key(key.id).key_alias, "state": state(key.id)}
    seen["get_key of nothing"] = refusal(lambda: kms.get_key("x"))
    seen["find_key"] = kms.find_key(alias).id
    seen["keys"] = aliases()
    seen["keys by pages of one"] = aliases(limit=1)
    kms.disable_key(key)
    seen["disable_key"] = state(key.id)
    seen["keys that are disabled"] = aliases(key_state=3)
    kms.enable_key(key)
    seen["enable_key"] = state(key.id)
    kms.schedule_key_deletion(key, 7)
    seen["schedule_key_deletion"] = state(key.id)
    kms.cancel_key_deletion(key)
    seen["cancel_key_deletion"] = state(key.id)
    kms.enable_key(key)

    data_key = kms.create_datakey(cmk=key, datakey_length=512)
    plain_text = data_key.plain_text
    without = kms.create_datakey_wo_plain(cmk=key, datakey_length=512, encryption_context={"a": "b"})
    kms.encrypt_datakey(data_key)
    opened = kms.decrypt_datakey(
        cmk=key, cipher_text=data_key.cipher_text, datakey_cipher_length=data_key.datakey_cipher_length
    )
    seen["create_datakey"] = len(bytes.fromhex(plain_text))
    seen["create_datakey_wo_plain"] = {"plain_text": without.plain_text, "has_cipher_text": bool(without.cipher_text)}
    seen["encrypt_datakey"] = {"has_cipher_text": bool(data_key.cipher_text), "length": data_key.datakey_cipher_length}
    seen["decrypt_datakey"] = opened.plain_text == plain_text

    # What the client's own test of data keys does: encrypts with a context, and decrypts without.
    bound = kms.create_datakey(cmk=key, datakey_length=512, encryption_context={"a": "b", "c": "d"})
    kms.encrypt_datakey(bound)
    seen["decrypt_datakey without its context"] = refusal(
        lambda: kms.decrypt_datakey(cmk=key, cipher_text=bound.cipher_text, datakey_cipher_length=64)
    )

    seen["generate_random"] = len(bytes.fromhex(kms.generate_random(512).random_data))
    seen["get_instance_number"] = kms.get_instance_number().instance_num
    seen["quotas"] = [(one.type, one.used, one.quota) for one in kms.quotas()]
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(connect())))
