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
        archiving = ["archivetraces", "--before", "2026-03", "--to", str(folder)]
        said = own_server.quickly(command=archiving).splitlines()
    finally:
        over.set()
        working.join()

    line = r"traces-2026\S+\.jsonl\.gz: 500 traces, sha256 [0-9a-f]{64}; checked, and removed"
    assert [bool(re.fullmatch(line, one)) for one in said[:2]] == [True, True]
    assert said[2] == "DONE: there are no traces before 2026-03-01 in the database."
    assert len(answered) > 5
    unseen, verdict = own_server.quickly(command=["verifytraces"]).splitlines()
    assert unseen == "1000 archived traces in 2 files were not looked at: --archive FOLDER checks them."
    assert verdict.startswith("INTACT: ")
    (verdict,) = own_server.quickly(command=["verifytraces", "--archive", str(folder)]).splitlines()
    assert "and 1000 archived traces in 2 files" in verdict
    if own_server.database == "postgresql":
        left = own_server.quickly(code="from console.partitions import partitions; print(sorted(partitions()))")
        assert "console_trace_2026_01" not in left
        assert "console_trace_2026_03" in left


def test_nothing_is_lost_wherever_it_is_killed(own_server: Server, folder: Path) -> None:
    rehearsal = "from pathlib import Path; from tests.support.rehearsal import rehearse"
    code = f"{rehearsal}; print(rehearse(Path({str(folder)!r}), first=1, distance=70))"

    kills = int(own_server.quickly(code=code))

    assert kills >= 8
