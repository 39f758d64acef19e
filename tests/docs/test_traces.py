"""docs/traces.md is followed on a machine of its own, and its checker checks what was archived there."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.docs_pages import DOCS, Machine, follow

PREPARE = """
from datetime import UTC, datetime, timedelta
from console.management.commands.up import prepare
from console.serving.folder import prepare_folder
from tests.support import old_traces
prepare_folder()
prepare()
old_traces.write([datetime.now(UTC) - timedelta(days=31 * months) for months in (9, 8, 8, 7, 1)])
"""
TRAIL_KEY = "from console.protection import trail_key; print(trail_key()._secret.hex())"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose server has traces of the last months."""
    one = Machine(tmp_path)
    one.path("/etc/kms/kms.env").write_text(f"DATA_DIR={one.path('/var/lib/kms')}\nLOG_LEVEL=error\n")
    shell(one, PREPARE)
    return one


def shell(machine: Machine, code: str) -> str:
    settings = "set -a && . /etc/kms/kms.env && set +a && cd /opt/kms"
    return machine.run(
        f"{settings} && {sys.executable} manage.py shell --verbosity 0 -c \"$(cat <<'CODE'\n{code}\nCODE\n)\""
    )


def checker() -> Callable[[Path, bytes], dict[str, Any]]:
    """The checker of the page."""
    found: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", (DOCS / "traces.md").read_text(), re.DOTALL)[0], found)  # noqa: S102 - the page's own code
    return found["check"]  # type: ignore[no-any-return]


def test_the_page_is_followed(machine: Machine) -> None:
    verified, dry, archived, archives, whole, read = follow("traces.md", machine)

    assert verified.startswith("INTACT: ")
    assert re.fullmatch(r"(?s).*4 traces before \d{4}-\d\d-01 would go, in \d files\.\n", dry)
    *_files, done = archived.splitlines()
    assert done.startswith("DONE: ")
    assert "4 archived traces in" in archives
    assert archives.startswith("INTACT: ")
    assert {line.partition(": ")[2] for line in whole.splitlines()} == {"whole"}
    assert len(read.splitlines()) == 4
    trail_key = bytes.fromhex(shell(machine, TRAIL_KEY).split()[-1])
    files = sorted(machine.path("/var/backups/kms/traces").glob("*.jsonl.gz"))
    assert sum(checker()(file, trail_key)["records"] for file in files) == 4
    with pytest.raises(AssertionError):
        checker()(files[0], bytes(32))
