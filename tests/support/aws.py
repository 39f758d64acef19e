"""Calls in AWS's words without a network: signed by Signature Version 4, written anew from its description, so that the
product's own is checked by another."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from tests.support.people import HOME, Person
from tests.support.wire import Answer, send

SIGNED_BY_CLIENTS = {"content-type": "application/x-amz-json-1.1", "host": "127.0.0.1:8000"}


def sigv4_headers(
    ak: str, sk: str, body: bytes, *, region: str = HOME, service: str = "kms", **headers: str
) -> dict[str, str]:
    """The headers of a signed `POST /`."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {**SIGNED_BY_CLIENTS, "x-amz-date": now, **headers}
    names = ";".join(sorted(headers))
    lines = ["POST", "/", "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names]
    canonical = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    scope = [headers["x-amz-date"][:8], region, service, "aws4_request"]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], "/".join(scope), digest])
    key = f"AWS4{sk}".encode()
    for part in [*scope, to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"{ak}/{'/'.join(scope)}"
    scheme = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
    return {**headers, "authorization": scheme}


def ask(person: Person, operation: str, content: Any = None, *, region: str = HOME, **headers: str) -> Answer:
    """A signed call of a person who has an access key; bytes in `content` travel in Base64."""
    body = json.dumps(content or {}, default=to_base64).encode()
    target = f"TrentService.{operation}"
    signed = sigv4_headers(person.ak, person.sk, body, region=region, x_amz_target=target, **headers)
    return send("POST", "/", body, signed)


def kms(person: Person, operation: str, **content: Any) -> Any:
    """What a call answers that passes."""
    answer = ask(person, operation, content)
    assert answer.status == 200, answer.json
    return answer.json


def refusal(person: Person, operation: str, **content: Any) -> str:
    """The exception by which a call is refused."""
    answer = ask(person, operation, content)
    assert answer.status == 400, answer.json
    return str(answer.json["__type"])


def to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
