"""What stands for kms.service where a page of docs/ is followed: the server of a `Machine`, with its settings."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.support.docs_pages import Machine
from tests.support.servers import Server, free_port

ENVIRONMENT = Path("/etc/kms/kms.env")


@dataclass
class Service:
    """`start` and `stop` do what `systemctl start kms` and `systemctl stop kms` do."""

    machine: Machine
    server: Server | None = None

    def configure(self, **settings: str) -> None:
        """Write /etc/kms/kms.env: where the data and the root key are, a port, and what else is given."""
        places = {"DATA_DIR": "/var/lib/kms", "ROOT_KEY_FILE": "/etc/kms/root.key", "PORT": str(free_port())}
        lines = [f"{name}={shlex.quote(self.machine.own(value))}\n" for name, value in {**places, **settings}.items()]
        self.machine.path(str(ENVIRONMENT)).write_text("".join(lines))

    def start(self) -> None:
        lines = self.machine.path(str(ENVIRONMENT)).read_text().splitlines()
        given = dict(shlex.split(line)[0].split("=", 1) for line in lines)
        settings = {"DATABASE_URL": "", **given}  # what the page says alone, not the database of these tests
        program = self.machine.path("/opt/kms").resolve()
        self.server = Server(Path(settings["DATA_DIR"]), settings, port=int(settings["PORT"]), program=program)
        self.server.start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None
