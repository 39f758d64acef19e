"""Kill -9 in the middle of the load, of all processes and of the worker alone: `make bench-kill` as a test."""

from pathlib import Path

from tests.scale.kill import killed


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    rounds, answered = killed(tmp_path / "server", 2)

    assert [(one.traces_missing, one.keys_lost) for one in rounds] == [(0, 0), (0, 0)]
    assert any(one.key_id for one in answered)
