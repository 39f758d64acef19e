"""docs/integrations/vault.md: what its examples print, and that its settings are those that are shipped."""

import subprocess
import uuid
from pathlib import Path

import pytest

from tests.engines.kms import behind_nginx, shipped
from tests.engines.project import Project
from tests.support import tools
from tests.support.docs_pages import blocks_of
from tests.support.servers import Server

PAGE = "integrations/vault.md"


@pytest.mark.engines
@pytest.mark.needs("nginx")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the SDK's own
def test_the_examples_do_what_the_page_says(server: Server, tmp_path: Path) -> None:
    with behind_nginx(server, tmp_path) as kms:
        project, mount = Project(server, kms), f"secrets/{uuid.uuid4().hex[:8]}"
        key = project.new_key()
        project.mount(mount, key)
        example = "\n".join(blocks_of(PAGE, "python"))
        own = {
            "https://kms.example.org": kms.url,
            "<token of the service user>": project.service_user(role="KMS CMKFullAccess").token,
            "<id of the key>": key,
            "<mount>": mount,
        }
        for there, here in own.items():
            example = example.replace(there, here)
        done = subprocess.run(
            [str(tools.python_of(tools.ENGINES)), "-W", "ignore", "-c", example],
            env={"VAULT_CACERT": str(kms.authority)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.stdout.splitlines() == ["b'Dear Bob'", "{'password': 'open sesame'}"], done.stderr


def test_the_settings_of_castellan_are_those_that_are_shipped() -> None:
    [shown] = blocks_of(PAGE, "ini")

    assert shown in shipped("castellan.conf")
