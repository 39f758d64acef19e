"""Calls of the API without a network: signed requests straight into the door."""

import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from console.api import door
from tests.support.people import Person
from tests.support.signing import signed_headers


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}

    @property
    def code(self) -> str:
        """The error's code, whichever of the two forms it has."""
        content = self.json
        return str(content.get("error", content).get("error_code", ""))


def send(method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Put one request into the door."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": "192.0.2.7",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    came: list[Any] = []
    content = b"".join(door.application(environ, lambda status, sent: came.extend([status, sent])))
    return Answer(int(came[0].split()[0]), {name.lower(): value for name, value in came[1]}, content)


def call(person: Person, method: str, target: str, content: Any = None, **headers: str) -> Answer:
    """A signed call of a person who has an access key."""
    body = b"" if content is None else json.dumps(content).encode()
    return send(method, target, body, signed_headers(person.ak, person.sk, method, target, body, **headers))


def kms(person: Person, verb: str, content: Any = None, method: str = "POST") -> Answer:
    """A signed call of key management in the person's own project."""
    return call(person, method, f"/v1.0/{person.project.pk}/kms/{verb}", content)
