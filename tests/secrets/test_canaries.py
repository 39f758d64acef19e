"""Every kind of secret is sent and made, by every door, and sought wherever it does not belong: in the database and its
files, logs, pages, backups, process listings and core files."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.secrets.conftest import Life, listing
from tests.support.canaries import Canaries, shapes
from tests.support.servers import ROOT


def test_there_is_a_canary_of_every_kind(life: Life) -> None:
    assert len(life.canaries.secrets) >= 30
    assert min(map(len, life.canaries.secrets.values())) >= 16
    assert life.failed >= 3  # so often the server had a traceback to write


def test_the_search_finds_what_is_there(life: Life) -> None:
    """So that finding nothing means something: every canary, in every shape, amid other bytes."""
    for name, secret in life.canaries.secrets.items():
        for shape in shapes(secret):
            assert name in life.canaries.seen_in(b"before\0" + shape + b"\0after")
    assert life.account["user"]["name"].encode() in b"".join(life.server.stored())


def test_no_secret_lies_in_the_data_folder_or_in_the_database(life: Life) -> None:
    found = set().union(*(life.canaries.seen_in(content) for content in life.server.stored()))

    assert found == set()


def test_no_secret_lies_in_a_backup(life: Life) -> None:
    assert life.answers["backup"]
    assert life.canaries.seen_in(life.answers["backup"]) == set()


def test_no_secret_is_in_the_log_to_debug(life: Life) -> None:
    log = life.server.log()

    assert '"level": "DEBUG"' in log
    assert "Traceback" in log
    assert life.canaries.seen_in(log.encode()) == set()
    assert "csrfmiddlewaretoken" not in log
    assert "Signature=" not in log
    assert life.server.settings.get("DATABASE_URL", "postgres://nobody") not in log


def test_no_secret_is_on_a_page_or_in_an_answer_that_is_not_for_it(life: Life) -> None:
    found = {name: seen for name, content in life.answers.items() if (seen := life.canaries.seen_in(content))}

    assert found == {}
    assert any(name.endswith(" 500") for name in life.answers)


def test_no_secret_is_on_a_command_line_or_in_the_environment(life: Life) -> None:
    environments = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in life.processes)

    assert life.canaries.seen_in(listing()) == set()
    assert b"LOG_LEVEL=debug" in environments
    assert life.canaries.seen_in(environments) == set()


@pytest.mark.sqlite  # once is enough: nothing of it is the database's
def test_a_process_that_is_killed_leaves_no_core(life: Life) -> None:
    before = cores(life)
    worker = life.processes[-1]

    os.kill(worker, signal.SIGABRT)
    end = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and time.monotonic() < end:
        time.sleep(0.1)

    assert not Path(f"/proc/{worker}").exists()
    assert cores(life) == before


def cores(life: Life) -> set[Path]:
    folders = (ROOT, life.server.data_dir, Path("/tmp"), Path("/var/crash"), Path("/var/lib/systemd/coredump"))  # noqa: S108 - where cores would lie
    return {path for folder in folders for path in folder.glob("*core*")}


def test_shapes_are_found_wherever_they_begin() -> None:
    import base64

    canaries = Canaries({"one": b"thirty-two bytes nobody may see!"})

    for offset in range(6):
        assert canaries.seen_in(base64.b64encode(b"x" * offset + canaries.secrets["one"] + b"tail")) == {"one"}
    assert canaries.seen_in(canaries.secrets["one"].decode().encode("utf-16")) == {"one"}
    assert canaries.seen_in(b"thirty-two bytes nobody may se") == set()
