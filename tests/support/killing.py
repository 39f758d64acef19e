"""Work that is killed at an instruction of its own choosing, in a fork of this process."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.db import connections


def run_until(step: float, files: tuple[str, ...], *command: str) -> int:
    """Run a management command in a fork, as `work_until` does."""
    connections.close_all()  # a fork must not share them

    def work() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            call_command(*command)

    return work_until(step, files, work)


def work_until(step: float, files: tuple[str, ...], work: Callable[[], object]) -> int:
    """Work in a fork, which kills itself with SIGKILL before the line number `step` that it comes to in modules of
    these names. Returns its exit status, negative where it was killed."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = 1
    try:
        sys.settrace(_killer(step, files))
        work()
        status = 0
    finally:
        os._exit(status)


def _killer(step: float, files: tuple[str, ...]) -> Callable[..., Any]:
    lines = 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines >= step:
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename.endswith(files) else None

    return call
