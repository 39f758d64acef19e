"""docs/second-factor.md, followed: a user who lost everything has his second factor taken away."""

import json
from pathlib import Path

from tests.support.devices import set_up_app
from tests.support.docs_pages import DOCS, Machine, follow
from tests.support.servers import Server

PREPARE = """
from console.operations.accounts import create_account
from console.operations.users import create_user
from console.access.caller import Caller
from console.serving.database import migrate
from console.serving.keyfiles import prepare_root_key
migrate(), prepare_root_key()
account = create_account(None, name="northwind").account
print(create_user(Caller.server(account), account=account, login="alice")[1])
"""


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    settings = {"DATA_DIR": machine.own("/var/lib/kms"), "LOG_LEVEL": "error", "DATABASE_URL": ""}
    machine.path("/etc/kms/kms.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    server = Server(machine.path("/var/lib/kms"), settings)
    password = server.quickly(code=PREPARE).splitlines()[-1]
    set_up_app(server, "northwind", password, login="alice")
    server.kill()

    (printed,) = follow("second-factor.md", machine)

    said = json.loads(printed)
    (shown,) = [
        line for line in (DOCS / "second-factor.md").read_text().splitlines() if line.startswith('{"account": {')
    ]
    assert {*said} == {*json.loads(shown)}
    assert {*said["removed"]} == {*json.loads(shown)["removed"]}
    assert said["removed"]["authenticator"]
