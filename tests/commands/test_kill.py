"""Kill -9 in the middle of the load, of all processes and of the worker alone: `make bench-kill` as a test."""

from pathlib import Path

from tests.scale.kill import killed
from tests.support import databases


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path, any_database: str) -> None:
    folder = tmp_path / "server"
    rounds, answered = killed(folder, 2, databases.url_for(folder) if any_database == "postgresql" else "")

    assert [(one.traces_missing, one.keys_lost) for one in rounds] == [(0, 0), (0, 0)]
    assert any(one.key_id for one in answered)
