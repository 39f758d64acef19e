"""`archivetraces` on both databases: while the server works, and killed at every place."""

import re
import threading
from pathlib import Path

import pytest

from tests.commands.test_trail import busy
from tests.support.servers import Server

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
OLD = "from tests.support import old_traces; old_traces.write(['2026-01-10', '2026-02-10'] * {})"
MONTHS = (
    "from console.partitions import make_partitions, partitions; from datetime import datetime, UTC;"
    "make_partitions(datetime(2026, 1, 1, tzinfo=UTC));"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


def test_old_traces_are_archived_and_verified_while_the_server_works(own_server: Server, folder: Path) -> None:
    sdk, answered, over = busy(own_server), [], threading.Event()
    own_server.quickly(code=MONTHS + OLD.format(500))

    def work() -> None:
        while not over.is_set():
            answered.append(sdk.create_random(random_data_length="8"))

    working = threading.Thread(target=work)
    working.start()
    try:
        said = own_server.manage("archivetraces", "--before", "2026-03", "--to", str(folder)).splitlines()
    finally:
        over.set()
        working.join()

    assert [bool(re.fullmatch(r"traces-2026\S+\.jsonl\.gz: 500 traces, sha256 [0-9a-f]{64}; checked, and removed", one))
            for one in said[:2]] == [True, True]  # fmt: skip
    assert said[2] == "DONE: there are no traces before 2026-03-01 in the database."
    assert len(answered) > 5
    unseen, verdict = own_server.manage("verifytraces").splitlines()
    assert unseen == "1000 archived traces in 2 files were not looked at: --archive FOLDER checks them."
    assert verdict.startswith("INTACT: ")
    (verdict,) = own_server.manage("verifytraces", "--archive", str(folder)).splitlines()
    assert "and 1000 archived traces in 2 files" in verdict
    next(folder.glob("traces-20260101*")).unlink()
    done = own_server.try_to_manage("verifytraces", "--archive", str(folder))
    assert (done.returncode, "missing in the folder" in done.stdout) == (1, True)


def test_nothing_is_lost_wherever_it_is_killed(own_server: Server, folder: Path) -> None:
    distance = 60
    code = f"from pathlib import Path; from tests.support.rehearsal import rehearse;" \
        f"print(rehearse(Path({str(folder)!r}), 1, {distance}))"  # fmt: skip

    kills = int(own_server.quickly(code=code))

    assert kills >= 8
