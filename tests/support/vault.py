"""Calls of Vault's API without a network, by the token of a service user."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import httpx

from console.operations import people
from console.operations.roles import RoleWish
from console.operations.service_users import create_service_token
from console.operations.users import write_access_key
from keys import operations
from keys.grantable import GRANTABLE
from keys.models import Key
from tests.support.people import Person, service_user
from tests.support.servers import Server, plain_http
from tests.support.wire import Answer, send


@dataclass(frozen=True)
class Client:
    """A program with its token."""

    person: Person
    token: str

    def call(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return send(method, f"/v1/{path}", body, {"X-Vault-Token": self.token, **headers})

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, content: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, {} if content is None else content, **headers)


def client_of(owner: Person, login: str = "radosgw", service: str = "") -> Client:
    """A new service user of the owner's project, without a role or grant."""
    person = service_user(owner, login, service)
    return Client(person, create_service_token(owner.caller, person.user, name="one").text)


def grant(owner: Person, client: Client, key: Key, *names: str) -> None:
    """Let a program do these with a key; all that can be granted where none are named."""
    operations.create_grant(owner.caller, key.pk, grantee=client.person.user.pk, operations=names or tuple(GRANTABLE))


def give_role(owner: Person, client: Client, role: str) -> None:
    """Let a program do in its project what a role of the system allows."""
    people.give_role(owner.caller, client.person.user, RoleWish(role, owner.project))


def access_key_of(client: Client) -> tuple[str, str]:
    """A new access key of the program: its id and secret."""
    made, secret = write_access_key(client.person.user)
    return made.ak, secret


def b64(content: bytes | str) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def b64_json(content: Any) -> str:
    return b64(json.dumps(content, separators=(",", ":")))


@dataclass(frozen=True)
class Program:
    """A service user on a real server, with its token and access key, a key that it may use, and a mount of that key
    named `secret`."""

    server: Server
    token: str
    ak: str
    sk: str
    key: str

    def send(self, method: str, path: str, content: Any = None, *, token: str = "") -> httpx.Response:
        headers = {"X-Vault-Token": token or self.token}
        body = None if content is None else json.dumps(content).encode()
        return plain_http.request(method, f"{self.server.url}/v1/{path}", content=body, headers=headers)


PROGRAM = """
import json
from console.access.caller import Caller
from console.models import Account, Project
from console.operations import people
from console.operations.roles import RoleWish
from console.operations.service_users import create_service_token, create_service_user
from console.operations.users import write_access_key
from keys import operations
from keys.grantable import GRANTABLE
project = Project.objects.select_related("account").get(pk={project!r})
caller = Caller.server(project.account, project)
user = create_service_user(caller, project=project, login={login!r})
access_key, secret = write_access_key(user)
key = operations.create_key(caller, alias={login!r})
operations.create_grant(caller, key.pk, grantee=user.pk, operations=tuple(GRANTABLE))
operations.create_mount(caller, path="secret", key_id=key.pk)
token = create_service_token(caller, user, name="one").text
print(json.dumps({{"token": token, "ak": access_key.ak, "sk": secret, "key": str(key.pk)}}))
"""


def program_on(server: Server, account: dict[str, Any], login: str = "program") -> Program:
    """A new one in the first project of an account that `createaccount` made."""
    made = server.quickly(code=PROGRAM.format(project=account["projects"][0]["id"], login=login))
    return Program(server, **json.loads(made.splitlines()[-1]))
