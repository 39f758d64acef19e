"""Vault's own Python client, hvac: any call of it, by the path of its method."""

import base64
import operator
import os
from typing import Any

import hvac

from tests.engines.clients.answering import answer_all

client = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ.get("VAULT_TOKEN"))


def call(*, method: str, **fields: Any) -> Any:
    """What a method such as `secrets.transit.read_key` answers: JSON, or the status where there is none."""
    answer = operator.attrgetter(method)(client)(**fields)
    return answer if isinstance(answer, dict | bool) else answer.status_code


def show_token(*, token: str | None) -> None:
    """Have it show this token from now on."""
    client.token = token


def opened(*, key: str, ciphertext: str) -> str:
    """The text that a ciphertext of transit holds."""
    answer = client.secrets.transit.decrypt_data(name=key, ciphertext=ciphertext)
    return base64.b64decode(answer["data"]["plaintext"]).decode()


if __name__ == "__main__":
    answer_all(call, show_token, opened)
