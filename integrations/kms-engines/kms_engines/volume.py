"""Encrypted volumes: LUKS in a file, whose plain disk is a file that a daemon of qemu serves while the volume is open.

LUKS1, since qemu knows no other. The passphrase is a random key of 256 bits, so that many rounds to derive a key from
it would only take time.
"""

import contextlib
import errno
import fcntl
import os
import re
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from kms_engines import files, slots
from kms_engines.client import Client, DataKey
from kms_engines.errors import DataUnfit, InUse, ProgramFailed
from kms_engines.programs import attempt, option, run
from kms_engines.record import Record, SlotKey, path_of

DEFAULT_KEY = "evs/default"
HEADER_BYTES = 2 << 20
BLOCK_BYTES = 4096
LETTING_GO = 2.0
"""Seconds within which loop devices and fuse2fs let a disk go after its file system was unmounted."""
PBKDF = ("--pbkdf-force-iterations", "1000")  # the fewest that cryptsetup takes
CIPHER = ("--type", "luks1", "--cipher", "aes-xts-plain64", "--key-size", "512", "--hash", "sha256")


@dataclass(frozen=True)
class Volume:
    """The volume at an absolute path."""

    path: Path

    @property
    def plain(self) -> Path:
        """Its plain disk, while it is open."""
        return files.beside(self.path, ".plain")

    @property
    def pid_file(self) -> Path:
        """Holds the daemon's process id, and is locked by it as long as it lives."""
        return files.beside(self.path, ".pid")

    def opens(self, key: DataKey, slot: int | None = None) -> bool:
        """By any slot, or by this one."""
        chosen = () if slot is None else ("--key-slot", str(slot))
        done = attempt("cryptsetup", "open", "--test-passphrase", *chosen, "--key-file", "{0}", self.path, keys=(key,))
        if done.returncode and "No key available" not in done.stderr:
            raise DataUnfit(f"{self.path} is no volume that cryptsetup can open: {done.stderr.strip()}")
        return not done.returncode

    def active_slots(self) -> set[int]:
        header = run("cryptsetup", "luksDump", self.path)
        return {int(number) for number in re.findall(r"(?m)^Key Slot (\d): ENABLED", header)}

    def add(self, slot: int, key: DataKey, new: DataKey) -> None:
        chosen = ("--batch-mode", *PBKDF, "--key-slot", str(slot), "--key-file", "{0}")
        run("cryptsetup", "luksAddKey", *chosen, self.path, "{1}", keys=(key, new))

    def erase(self, slot: int, key: DataKey) -> None:
        if not any(self.opens(key, other) for other in self.active_slots() - {slot}):
            raise DataUnfit(f"{self.path} would open no more: what is beside it does not say which slot its key is in.")
        run("cryptsetup", "luksKillSlot", "--batch-mode", "--key-file", "{0}", self.path, str(slot), keys=(key,))


def create(volume: Volume, size: int, client: Client, key_id: str = "") -> None:
    """Make a volume whose plain disk has `size` bytes, which take space when they are written. Raises DataUnfit where
    it is there already; whatever fails, nothing is left."""
    if size <= 0 or size % BLOCK_BYTES:
        raise DataUnfit(f"A volume has a multiple of {BLOCK_BYTES} bytes: give 512M or 10G, say.")
    files.refuse_to_replace(volume.path)
    record = Record.new("volume", volume.path)
    wrapped, key = client.create_data_key(key_id or DEFAULT_KEY, record.context)
    record.with_keys(SlotKey(0, wrapped)).create(volume.path)
    try:
        with files.new_file(volume.path) as part:
            os.truncate(part, HEADER_BYTES + size)
            run("cryptsetup", "luksFormat", "--batch-mode", *CIPHER, *PBKDF, "--key-file", "{0}", part, keys=(key,))
    except BaseException:
        path_of(volume.path).unlink()
        raise


def open_volume(volume: Volume, client: Client) -> Path:
    """Start the daemon that serves the plain disk, and return the path of that. Raises InUse where it is open."""
    with files.locked(volume.path):
        if _daemon_of(volume):
            raise InUse(f"{volume.path} is open already, as {volume.plain}.")
        _, key = slots.unlock(volume, Record.of(volume.path), client)
        _clear(volume)
        files.put_exclusively(volume.plain, b"")
        try:
            _serve(volume, key)
        except BaseException:
            volume.plain.unlink()
            raise
    return volume.plain


def close(volume: Volume) -> None:
    """Take the plain disk away and wait until all that was written to it is in the volume. Raises InUse where a program
    or a mounted file system still has it."""
    with files.locked(volume.path):
        daemon = _daemon_of(volume)
        if daemon:
            _unmount(volume)
            _end(daemon)
        _clear(volume)
        with contextlib.suppress(FileNotFoundError):
            volume.pid_file.unlink()


def rekey(volume: Volume, client: Client, key_id: str = "", *, wraps_only: bool = False) -> None:
    """Change its data key, or with `wraps_only` the key around that, whether it is open or not."""
    with files.locked(volume.path):
        if wraps_only:
            slots.change_key_around(volume.path, client, key_id)
        else:
            slots.change_data_key(volume, client, key_id)


def _serve(volume: Volume, key: DataKey) -> None:
    disk = f"fuse,id=plain,node-name=disk,mountpoint={option(volume.plain)},writable=on"
    command = ("--daemonize", "--pidfile", volume.pid_file, "--object", "secret,id=key,file={0}")
    drivers = (f"file,node-name=file,filename={option(volume.path)}", "luks,node-name=disk,file=file,key-secret=key")
    blocks = [word for driver in drivers for word in ("--blockdev", driver)]
    run("qemu-storage-daemon", *command, *blocks, "--export", disk, keys=(key,))


def _daemon_of(volume: Volume) -> int:
    """The process that serves the volume, 0 where none does: a file of one that has ended is locked by nobody."""
    try:
        with volume.pid_file.open() as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                return int(file.read() or 0)
    except FileNotFoundError:
        pass
    return 0


def _end(daemon: int) -> None:
    """Have it write what it holds and end; return when it has ended."""
    try:
        process = os.pidfd_open(daemon)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        select.select([process], [], [])
    finally:
        os.close(process)


def _clear(volume: Volume) -> None:
    """Remove the empty file that the plain disk was shown in."""
    try:
        is_empty = volume.plain.stat().st_size == 0
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
        _unmount(volume)  # of a daemon that was killed
        is_empty = True
    if not is_empty:
        raise DataUnfit(f"{volume.plain} is in the way: the plain disk is shown there. Move it.")
    volume.plain.unlink()


def _unmount(volume: Volume) -> None:
    if not _is_mounted(volume.plain):
        return
    command = ("umount",) if os.geteuid() == 0 else ("fusermount3", "-u")
    end = time.monotonic() + LETTING_GO
    while True:
        try:
            run(*command, volume.plain)
        except ProgramFailed as error:
            if "busy" not in str(error):
                raise
            if time.monotonic() > end:
                text = f"{volume.plain} is in use. Unmount its file system, end who has it open, and try again."
                raise InUse(text) from None
            time.sleep(0.1)
        else:
            return


def _is_mounted(path: Path) -> bool:
    with open("/proc/self/mounts") as mounts:
        places = [line.split()[1] for line in mounts]
    return re.sub(r"[ \t\n\\]", lambda found: f"\\{ord(found[0]):03o}", os.fspath(path)) in places
