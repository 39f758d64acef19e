"""A machine with data of its own, on which the pages about kms-volume and kms-image are followed."""

import os
import re
from pathlib import Path

from tests.support.docs_pages import FOLDERS, Machine
from tests.support.kubernetes import Account
from tests.support.servers import Server
from tests.support.tools import PLACES

PLACES_OF_A_HOST = ("/usr/local/bin", "/etc/systemd/system", "/etc", "/srv", "/var/lib/accounts")


class Host(Machine):
    """Where the page names the service and a user there, it has a server, and a service user of a new account: he was
    granted two operations on the key with this alias, and nothing else."""

    def __init__(self, root: Path, server: Server, alias: str) -> None:
        super().__init__(root, folders=(*FOLDERS, *PLACES_OF_A_HOST))
        self.environment["PATH"] = f"{self.path('/usr/local/bin')}{os.pathsep}{PLACES}"
        account = Account.of(server)
        user, given = account.service_user()
        account.call("aliases", key_id=account.key_id, alias=alias)
        granted = ["create-datakey", "decrypt-datakey"]
        account.call("create-grant", key_id=account.key_id, grantee_principal=user, operations=granted)
        self._said = {
            "https://kms.example.org": server.url,
            "<project id>": given["KMS_PROJECT"],
            "<access key>": given["KMS_ACCESS_KEY"],
            "<secret key>": given["KMS_SECRET_KEY"],
        }

    def own(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self._said)), lambda found: self._said[found[0]], super().own(text))
