"""Running cryptsetup and qemu: a data key reaches them through a pipe alone, never by a command line or a file."""

import os
import subprocess  # nosec B404 # the engines are programs; none is run by a shell
import sys
from contextlib import ExitStack

from kms_engines.client import DataKey
from kms_engines.errors import ProgramFailed

PACKAGES = {
    "cryptsetup": "cryptsetup-bin",
    "fusermount3": "fuse3",
    "qemu-img": "qemu-utils",
    "qemu-io": "qemu-utils",
    "qemu-storage-daemon": "qemu-system-common",
    "umount": "mount",
}
"""The packages of Debian that bring the programs."""
PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
FLAKY = "Unable to get accurate CPU usage"
"""qemu 7.2 sometimes fails so, having changed nothing, where it measures how fast it derives keys."""
ATTEMPTS = 10
Argument = str | os.PathLike[str]


def run(program: str, *arguments: Argument, keys: tuple[DataKey, ...] = (), shows_progress: bool = False) -> str:
    """What a program prints; `{0}`, `{1}` in its arguments become the pipes of `keys`, and a brace is written twice.
    Raises ProgramFailed with the last line that it said."""
    done = attempt(program, *arguments, keys=keys, shows_progress=shows_progress)
    if done.returncode:
        said = (done.stderr or "").strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ProgramFailed(f"{program} failed: {said[-1].removeprefix(f'{program}: ')}")
    return done.stdout or ""


def attempt(
    program: str, *arguments: Argument, keys: tuple[DataKey, ...] = (), shows_progress: bool = False
) -> subprocess.CompletedProcess[str]:
    """How a program ends."""
    for _ in range(ATTEMPTS):
        done = _once(program, arguments, keys, shows_progress=shows_progress)
        if not done.returncode or FLAKY not in (done.stderr or ""):
            break
    return done


def _once(
    program: str, arguments: tuple[Argument, ...], keys: tuple[DataKey, ...], *, shows_progress: bool
) -> subprocess.CompletedProcess[str]:
    with ExitStack() as stack:
        pipes = [_pipe(key, stack) for key in keys]
        command = [program, *(_filled(one, pipes) for one in arguments)]
        try:
            return subprocess.run(  # noqa: S603 - programs of PACKAGES alone, without a shell  # nosec B603 # likewise
                command,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr if shows_progress else subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                check=False,
                pass_fds=pipes,
                env=_environment(),
            )
        except FileNotFoundError:
            raise ProgramFailed(f"{program} is not here: install the package {PACKAGES[program]}.") from None


def _environment() -> dict[str, str]:
    """Ours without our settings: a daemon would keep the secret key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KMS_")}
    return {**kept, "PATH": PLACES, "LC_ALL": "C"}


def _pipe(key: DataKey, stack: ExitStack) -> int:
    """The end to read of a pipe that holds a data key, which is far less than a pipe takes."""
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    os.write(writing, key.passphrase)
    os.close(writing)
    return reading


def _filled(argument: Argument, pipes: list[int]) -> str:
    """Paths are as they are; texts may name pipes."""
    return argument.format(*(f"/dev/fd/{one}" for one in pipes)) if isinstance(argument, str) else os.fspath(argument)


def option(path: os.PathLike[str]) -> str:
    """A path within an option of qemu, where commas separate, and within an argument of `run`."""
    return os.fspath(path).replace(",", ",,").replace("{", "{{").replace("}", "}}")
