"""A project whose keys services use: its account, its keys by the official SDK, and service users."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

from tests.engines.kms import Kms
from tests.support.sdk import Sdk
from tests.support.servers import Server

DATA_KEYS = ("create-datakey", "decrypt-datakey")
_MAKE_USER = """
import json
from console.access.caller import Caller
from console.models import Project
from console.operations.service_users import create_service_token, create_service_user
from console.operations.roles import RoleWish
from console.operations.users import update_user, write_access_key

project = Project.objects.select_related("account").get(pk={project!r})
caller = Caller.server(project.account, project)
user = create_service_user(caller, project=project, login={login!r}, service={service!r})
if {role!r}:
    update_user(caller, user, roles=[RoleWish({role!r}, project)])
key, secret = write_access_key(user)
made = create_service_token(caller, user, name="of-a-test")
print(json.dumps({{"id": user.pk, "token": made.text, "ak": key.ak, "sk": secret}}))
"""
_DELETE_TOKEN = """
from console.access.caller import Caller
from console.models import User
from console.operations.service_users import delete_service_token, service_tokens_of

user = User.objects.get(pk={user!r})
for token in service_tokens_of(user):
    delete_service_token(Caller.server(user.account), token)
"""

_SHOW = """
from django.test import Client
from console.models import User

client = Client(SERVER_NAME="127.0.0.1")
client.force_login(User.objects.get(pk={user!r}))
print(client.get({address!r}).content.decode())
"""
_AT_MOUNT = """
from console.access.caller import Caller
from console.models import Project
from keys.operations import kv, mounts

project = Project.objects.select_related("account").get(pk={project!r})
caller = Caller.server(project.account, project)
"""


@dataclass(frozen=True)
class ServiceUser:
    """A program of the project, with what it shows."""

    id: str
    token: str
    ak: str
    sk: str


class Project:
    """A project of a new account on `server`, which engines find at `kms`."""

    def __init__(self, server: Server, kms: Kms) -> None:
        self.server, self.kms = server, kms
        self.account: dict[str, Any] = server.create_account(f"engines-{uuid.uuid4().hex[:8]}")
        self.sdk = Sdk(server, self.account)

    @property
    def id(self) -> str:
        return self.sdk.project

    def new_key(self) -> str:
        """The id of a new AES key."""
        return self.sdk.new_key(key_alias=f"key-{uuid.uuid4().hex[:8]}")

    def service_user(
        self, *keys: str, service: str = "", role: str = "", may: tuple[str, ...] = DATA_KEYS
    ) -> ServiceUser:
        """A service user who is granted so much on these keys, or has a role in the project."""
        wish = {"project": self.id, "login": f"program-{uuid.uuid4().hex[:8]}", "service": service, "role": role}
        user = ServiceUser(**json.loads(self.server.quickly(code=_MAKE_USER.format(**wish))))
        for key in keys:
            self.grant(key, user, may)
        return user

    def grant(self, key: str, user: ServiceUser, may: tuple[str, ...] = DATA_KEYS) -> None:
        """Let a service user, of this project or another, do so much with a key of this one."""
        self.sdk.create_grant(key_id=key, grantee_principal=user.id, operations=[*may])

    def take_tokens(self, user: ServiceUser) -> None:
        """Delete the service user's tokens."""
        self.server.quickly(code=_DELETE_TOKEN.format(user=user.id))

    def mount(self, path: str, key: str, *, database_key: int | None = None) -> None:
        """Make a mount whose values a key protects; for a database with its data key of a number."""
        kind = "secret" if database_key is None else "database"
        self._at_mount(f"mounts.create_mount(caller, path={path!r}, key_id={key!r}, kind={kind!r})")
        if database_key is not None:
            self.new_database_key(path, database_key)

    def new_database_key(self, path: str, number: int) -> None:
        self._at_mount(f"kv.create_database_key(caller, path={path!r}, number={number})")

    def rotate_database_key(self, path: str, number: int) -> None:
        """Give it a new version."""
        self._at_mount(f"kv.rotate_database_key(caller, path={path!r}, number={number})")

    @contextmanager
    def disabled(self, key: str) -> Iterator[None]:
        """As long as it lasts the key is disabled."""
        self.sdk.disable_key(key_id=key)
        try:
            yield
        finally:
            self.sdk.enable_key(key_id=key)

    def uses(self, key: str, name: str) -> list[tuple[str, dict[str, Any], str]]:
        """What the trail has of a call on a key: who, for what, and the code where it was refused; the newest first."""
        found = self.sdk.cts.list_traces(trace_name=name, resource_id=key, limit=200).traces
        return [(one.user.id, json.loads(one.request or "{}").get("used_for"), one.message) for one in found]

    def page(self, address: str) -> str:
        """A page of the project in the console, as the account's owner sees it."""
        code = _SHOW.format(user=self.account["user"]["id"], address=f"/console/{self.id}/{address}")
        return unescape(self.server.quickly(code=code))

    def _at_mount(self, statement: str) -> None:
        self.server.quickly(code=_AT_MOUNT.format(project=self.id) + statement)
