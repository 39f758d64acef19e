"""The files that workers count in have their place on the disk before they are written: no full disk ends a worker."""

import errno
import os
from pathlib import Path

import pytest
from prometheus_client import mmap_dict, values

from console import metrics
from console.counted import ReservedDict

pytestmark = pytest.mark.without_database


def fill(counts: ReservedDict, number: int) -> None:
    for one in range(number):
        counts.write_value(f"a counter of some length, number {one}", float(one), 0.0)


def read(counts: ReservedDict) -> list[float]:
    """All values, the last time: it is closed."""
    found = [value for _key, value, _at in counts.read_all_values()]
    counts.close()
    return found


def disk_of(path: Path) -> int:
    return path.stat().st_blocks * 512


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)


def test_the_metrics_are_counted_in_them() -> None:
    assert vars(values)["MmapedDict"] is ReservedDict
    assert metrics.CALLS


def test_a_file_has_its_place_from_the_beginning_and_as_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    counts = ReservedDict(str(path))

    assert disk_of(path) >= path.stat().st_size > 0
    fill(counts, 3_000)
    assert disk_of(path) >= path.stat().st_size > 3_000 * 16
    counts.close()
    assert read(ReservedDict(str(path))) == [float(one) for one in range(3_000)]


def test_a_process_that_begins_on_a_full_disk_counts_in_memory(tmp_path: Path, full_disk: None) -> None:
    counts = ReservedDict(str(tmp_path / "counter_1.db"))
    fill(counts, 3_000)

    assert read(counts) == [float(one) for one in range(3_000)]
    assert list(tmp_path.iterdir()) == []


def test_a_process_whose_disk_becomes_full_counts_on_in_memory(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "counter_1.db"
    counts = ReservedDict(str(path))
    fill(counts, 10)
    request.getfixturevalue("full_disk")

    fill(counts, 3_000)

    assert read(counts) == [float(one) for one in range(3_000)]
    assert path.stat().st_size == mmap_dict._INITIAL_MMAP_SIZE, "what others see ends where there was room"
