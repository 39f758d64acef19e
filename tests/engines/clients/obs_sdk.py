"""An object store by the cloud's own OBS SDK."""

import os
from typing import Any

from obs import ObsClient, PutObjectHeader, SseKmsHeader

from tests.engines.clients.answering import answer_all

client = ObsClient(
    access_key_id=os.environ["STORE_AK"],
    secret_access_key=os.environ["STORE_SK"],
    server=os.environ["STORE"],
    signature="v2",
    path_style=True,
    is_signature_negotiation=False,
    max_retry_count=0,
)


class Refusal(Exception):
    """What the store refused, by status and words."""


def checked(answer: Any) -> Any:
    if answer.status >= 300:
        raise Refusal(f"{answer.status} {answer.errorCode} {answer.errorMessage}")
    return answer.body


def put(*, bucket: str, name: str, text: str, key: str) -> dict[str, Any]:
    """What the answer says of the encryption."""
    headers = PutObjectHeader(sseHeader=SseKmsHeader.getInstance(key=key))
    body = checked(client.putContent(bucket, name, text, headers=headers))
    return {"encryption": body.sseKms, "key": body.sseKmsKey}


def get(*, bucket: str, name: str) -> str:
    body = checked(client.getObject(bucket, name, loadStreamInMemory=True))
    return bytes(body.buffer).decode()


if __name__ == "__main__":
    answer_all(put, get)
