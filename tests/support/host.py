"""A machine with data of its own, on which the pages about kms-volume and kms-image are followed."""

import os
import re
from pathlib import Path
from typing import Any

from tests.support.docs_pages import FOLDERS, Machine
from tests.support.servers import Server
from tests.support.tools import PLACES

PLACES_OF_A_HOST = ("/usr/local/bin", "/etc/systemd/system", "/etc", "/srv", "/var/lib/accounts")


class Host(Machine):
    """Its settings name a server, where the page says https://kms.example.org, and a user of an account there."""

    def __init__(self, root: Path, server: Server, account: dict[str, Any]) -> None:
        super().__init__(root, folders=(*FOLDERS, *PLACES_OF_A_HOST))
        self.environment["PATH"] = f"{self.path('/usr/local/bin')}{os.pathsep}{PLACES}"
        key = account["access_key"]
        self._said = {
            "https://kms.example.org": server.url,
            "<project id>": account["projects"][0]["id"],
            "<access key>": key["ak"],
            "<secret key>": key["sk"],
        }

    def own(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self._said)), lambda found: self._said[found[0]], super().own(text))
