"""An installation that was lived in, brought to this version once, and copies of it to break.

It is SQLite's, and where a test works on PostgreSQL it names the database: the worker's own is none of its business.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.installations import newer_program, unpack
from tests.support.servers import Server, running

ON_SQLITE = {"DATABASE_URL": ""}


@dataclass(frozen=True)
class Installation:
    """A folder where a server ran and stopped, what is known of it, and a backup of it."""

    folder: Path
    known: dict[str, Any]
    backup: Path


SINCE = """
from console.access.caller import Caller
from console.models import Account, User
from console.operations.approvals import ask_for_approval
from console.operations.custom_roles import create_role
from console.operations.people import give_role
from console.operations.roles import RoleWish
from console.operations.service_users import create_service_token, create_service_user
from console.operations.users import create_user
from keys.models import Key
from keys.operations import create_mount, protect_key, write_value
account = Account.objects.get(name="northwind")
key = Key.objects.select_related("project__account", "enterprise_project").filter(project__account=account).first()
caller = Caller.server(account, key.project)
create_role(caller, name="Rotators", actions=["kms:cmk:rotate"])
user, _password = create_user(caller, account=account, login="bob")
give_role(caller, user, RoleWish("Rotators", key.project))
program = create_service_user(caller, project=key.project, login="store", service="obs")
create_service_token(caller, program, name="gateway")
protect_key(caller, key.pk, reason="in use")
working = Key.objects.filter(project__account=account, key_spec="AES_256", origin="kms", state=2, is_default=False)
sealing = working.select_related("project__account").first()
owner = Caller.server(account, sealing.project)
create_mount(owner, path="secret", key_id=sealing.pk)
write_value(owner, path="secret", name="database", content=b"{}")
ask_for_approval(caller, "scheduleKeyDeletion", key, {"pending_days": 7}, project=key.project)
"""
"""What later versions have beside what the first one left: a row in each table that it did not know."""
READ_VALUE = """
from console.access.caller import Caller
from keys.models import KvMount
from keys.operations import read_value
mount = KvMount.objects.select_related("project__account").get()
print(read_value(Caller.server(mount.project.account, mount.project), path=mount.path, name="database").content)
"""
"""Reads the value that SINCE wrote."""


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder: Path = tmp_path_factory.mktemp("lived-in") / "data"
    known = unpack(folder)
    with running(folder, **ON_SQLITE) as server:
        server.quickly(code=SINCE)
        server.manage("backup", str(folder.parent / "whole.kmsbackup"))
    shutil.rmtree(folder / "backups", ignore_errors=True)  # what this version made of an older one's database
    return Installation(folder, known, folder.parent / "whole.kmsbackup")


@contextmanager
def held(server: Server) -> Iterator[None]:
    """As though a server ran on its folder."""
    with (server.data_dir / "server.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


NewServer = Callable[..., Server]


@pytest.fixture
def copy_of(lived_in: Installation, tmp_path: Path) -> Iterator[NewServer]:
    """Makes servers on copies of its folder; whatever runs of them in the end is killed."""
    made: list[Server] = []

    def make(name: str = "data", **settings: str) -> Server:
        made.append(Server(tmp_path / name, {**ON_SQLITE, **settings}))
        shutil.copytree(lived_in.folder, made[-1].data_dir, copy_function=shutil.copy2)
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of a newer version of this program, which has one more migration."""
    return newer_program(tmp_path_factory.mktemp("newer") / "kms")


@pytest.fixture
def empty(lived_in: Installation, tmp_path: Path) -> Iterator[NewServer]:
    """Makes servers on folders that have the root key alone, as on a new machine."""
    made: list[Server] = []

    def make(name: str = "empty", **settings: str) -> Server:
        made.append(Server(tmp_path / name, {**ON_SQLITE, **settings}))
        made[-1].data_dir.mkdir(mode=0o700)
        shutil.copy2(lived_in.folder / "root.key", made[-1].data_dir)
        return made[-1]

    yield make
    for one in made:
        one.kill()
