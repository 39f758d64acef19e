"""docs/integrations/object-storage.md, followed: from a store without keys to objects that are ciphertext, by every
client that the page names."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.models import Service
from keys.views.service_settings import PAGES, Filled
from tests.engines import ceph
from tests.engines.ceph import Ceph
from tests.engines.kms import active, behind_nginx, shipped
from tests.engines.project import Project
from tests.support import tools
from tests.support.docs_pages import Machine, blocks_of, follow
from tests.support.servers import Server

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs(*ceph.PROGRAMS, "rclone", "nginx"),
    pytest.mark.xdist_group("object store"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),  # the SDK's own
]
PAGE = "integrations/object-storage.md"


class Administrator(Machine):
    """The machine of a gateway, and of whoever uploads."""

    def own(self, text: str) -> str:
        return re.sub(r"(?<![\w/])/(etc/ceph|srv)\b", lambda found: str(self.path(found[0])), super().own(text))


@pytest.fixture
def project(server: Server, tmp_path: Path) -> Iterator[Project]:
    with behind_nginx(server, tmp_path / "nginx") as kms:
        yield Project(server, kms)


def test_the_page_leads_to_objects_that_are_ciphertext(project: Project, tmp_path: Path) -> None:
    machine = Administrator(tmp_path, {"HOME": str(tmp_path)})
    key = project.new_key()
    user = project.service_user(key, service="obs")
    machine.path("/etc/ceph").mkdir(parents=True)
    store = Ceph(machine.path("/etc/ceph"), project.kms)
    own = {
        "https://objects.example.org": store.url,
        "<access key of the store>": store.access_key,
        "<secret key of the store>": store.secret_key,
        "<id of the key>": key,
    }

    def written(text: str) -> str:
        for there, here in own.items():
            text = text.replace(there, here)
        return text

    def restart() -> None:
        text = store.settings.read_text()
        store.prepare()
        store.add_keys(text)
        store.start()

    def upload() -> None:
        """The clients before rclone, whose settings are written; then what it is asked on the page."""
        (tmp_path / ".config/rclone").mkdir(parents=True)
        [settings] = blocks_of(PAGE, "ini")
        (tmp_path / ".config/rclone/rclone.conf").write_text(written(settings))
        letters = machine.path("/srv/letters")
        letters.mkdir(parents=True)
        (letters / "three.txt").write_text("Dear Bob")
        machine.run("rclone mkdir store:letters")
        for example in blocks_of(PAGE, "python"):
            command = [str(tools.python_of(tools.ENGINES)), "-W", "ignore", "-c", written(example)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            assert done.stdout == "b'Dear Bob'\n", done.stderr
        [block] = [one for one in blocks_of(PAGE) if one.startswith("rclone copy")]
        machine.run(block)

    try:
        printed = follow(
            PAGE,
            machine,
            {
                "install --mode 0600 --owner ceph": lambda: store.show_token(user.token),
                "systemctl restart ceph-radosgw.target": restart,
                "rclone copy": upload,
            },
        )
        stored = [store.stored(name) for name in ("one.txt", "two.txt", "2026/three.txt")]
    finally:
        store.stop()

    assert (machine.path("/srv/back") / "three.txt").read_text() == "Dear Bob"
    assert printed[-1] == "0\n"
    assert [len(one) for one in stored] == [8, 8, 8]
    assert b"Dear Bob" not in stored


def test_the_console_shows_the_settings_that_are_shipped(settings: Any) -> None:
    settings.PUBLIC_URL = "https://kms.example.org"
    shown = {one.name: one.text for one in PAGES[Service.OBS].settings(Filled("", "obs/default", "gateway"))}

    assert active(shown["ceph"]) == active(shipped("ceph.conf"))
