"""docs/integrations/images.md, followed on a machine of its own. Glance is tests/engines/disks/test_glance.py."""

from pathlib import Path

import pytest

from tests.support.docs_pages import blocks_of, follow
from tests.support.host import Host
from tests.support.servers import Server

pytestmark = [pytest.mark.engines, pytest.mark.needs("qemu-img")]


def test_the_page_is_followed(server: Server, tmp_path: Path) -> None:
    host = Host(tmp_path, server, "alias/images")
    for block in blocks_of("integrations/volumes.md")[1:3]:
        host.run(block)  # its installation and settings
    host.path("/srv/debian.raw").write_bytes(b"a system" * (1 << 13) + bytes(1 << 20))

    follow("integrations/images.md", host)

    assert {one.name for one in host.path("/srv").iterdir()} == {
        *("debian.raw", "debian.qcow2", "debian.qcow2.json", "debian.back.raw"),
    }
