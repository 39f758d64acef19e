"""docs/integrations/aws.md: what its commands and examples print, and that it lists what is offered."""

import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from keys.aws.dialect import OPERATIONS
from keys.aws.names import account_digits
from tests.support import tools
from tests.support.docs_pages import DOCS, blocks_of
from tests.support.sdk import Sdk
from tests.support.servers import Server

PAGE = "integrations/aws.md"


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"aws-{uuid.uuid4().hex[:8]}")


@pytest.mark.engines
@pytest.mark.without_database
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the SDK's own
def test_the_commands_and_examples_do_what_the_page_says(
    server: Server, account: dict[str, Any], tmp_path: Path
) -> None:
    python = tools.python_of(tools.ENGINES)
    assert python is not None
    key = Sdk(server, account).new_key()
    own = {
        "https://kms.example.org": server.url,
        "<access key>": account["access_key"]["ak"],
        "<secret key>": account["access_key"]["sk"],
        "<region>": account["projects"][0]["region"],
        "<id of the key>": key,
    }
    [commands] = blocks_of(PAGE)
    example = "\n".join(blocks_of(PAGE, "python"))
    script = f"{commands}\n{python} -W ignore - <<'END'\n{example}\nEND"
    for there, here in own.items():
        assert there in script
        script = script.replace(there, here)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{python.parent}:/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    place = f"arn:aws:kms:{account['projects'][0]['region']}:{account_digits(account['account']['id'])}"
    assert done.stdout.splitlines() == [f'"{place}:key/{key}"', "Dear Bob", "True", "b'Dear Bob' blue"], done.stderr


@pytest.mark.without_database
def test_the_page_lists_every_operation_that_is_offered() -> None:
    table = (DOCS / PAGE).read_text().partition("## What is offered")[2].partition("All else")[0]

    assert re.findall(r"`(\w+)`", table) == [one.__name__ for one in OPERATIONS]
