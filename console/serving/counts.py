"""Where the workers' counts lie: the folder of prometheus_client's multiprocess mode, with files named by process."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from prometheus_client.multiprocess import mark_process_dead

DEAD_KEPT: Final = 50
"""Workers that ended whose counts still count: without them totals would fall, and rates jump. Each keeps 400 KB."""


def prepare_folder() -> None:
    """Begin with an empty folder, to which the workers that are started from now on write."""
    remove_folder()
    folder().mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder())


def remove_folder() -> None:
    """Leave nothing behind."""
    shutil.rmtree(folder(), ignore_errors=True)


def folder() -> Path:
    """Where the workers' files lie."""
    data: Path = settings.DATA_DIR
    return data / "metrics"


def forget_the_dead() -> None:
    """Leave out what workers that ended said of themselves; what they counted stays, of the last DEAD_KEPT of them."""
    with suppress(FileNotFoundError):  # another worker was quicker
        files = sorted(folder().glob("*.db"), key=lambda one: one.stat().st_mtime)
        dead = list(dict.fromkeys(pid for pid in map(_pid_of, files) if not _is_alive(pid)))
        for pid in dead:
            mark_process_dead(pid, str(folder()))  # type: ignore[no-untyped-call]
        for pid in dead[:-DEAD_KEPT]:
            for file in folder().glob(f"*_{pid}.db"):
                file.unlink()


def living() -> list[int]:
    """The workers that serve, by their processes' ids."""
    return sorted({pid for pid in map(_pid_of, folder().glob("*.db")) if _is_alive(pid)})


def _pid_of(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
