"""Nothing of a process that holds keys gets into a core dump, nor is it shown to other processes of the same user."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.management.commands import createaccount, rotaterootkey, up
from console.management.sentences import SentenceCommand
from keys.management.commands import restore
from tests.support.servers import ROOT, Server, copy_stopped

pytestmark = pytest.mark.without_database
# PR_GET_DUMPABLE, and the limit that a core has.
SAY = (
    "import ctypes, resource; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))"
)
WORKER = f"""
import os
from console.serving.processes import load_application
load_application()
{SAY}
os.sys.stdout.flush()
os._exit(0)
"""


def test_a_worker_is_kept_out_of_dumps(started_once: Path, tmp_path: Path) -> None:
    copy_stopped(started_once, tmp_path / "data")
    server = Server(tmp_path / "data")
    environment = {**server.environment, "DJANGO_SETTINGS_MODULE": "console.settings"}

    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["0", "0", "0"], done.stderr


def test_so_is_every_command_the_server_among_them(server: Server) -> None:

    server.quickly(command=["rootkey"])

    assert server.quickly(code=SAY).split() == ["0", "0", "0"]
    assert all(issubclass(one.Command, SentenceCommand) for one in (createaccount, restore, rotaterootkey, up))


def test_a_process_that_is_not_kept_out_would_say_so() -> None:
    done = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, check=True)

    assert done.stdout.split()[0] == "1"
