"""Calls of the API without a network: signed requests straight into the door."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from console import served
from console.access.request import Request
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
    given = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    request = Request(method, unquote(path), query, given, "192.0.2.7", body)
    with served.in_turn():
        response = door.answer(request, door.asked_by(request))
    return Answer(response.status, {name.lower(): value for name, value in response.headers}, response.body)


def call(person: Person, method: str, target: str, content: Any = None, **headers: str) -> Answer:
    """A signed call of a person who has an access key."""
    body = b"" if content is None else json.dumps(content).encode()
    return send(method, target, body, signed_headers(person.ak, person.sk, method, target, body, **headers))


def kms(person: Person, verb: str, content: Any = None, method: str = "POST") -> Answer:
    """A signed call of key management in the person's own project."""
    return call(person, method, f"/v1.0/{person.project.pk}/kms/{verb}", content)
