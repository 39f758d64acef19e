"""A change of the data key that is killed at any step leaves the old data key or the new one beside the data."""

import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kms_engines import files, image, slots, volume
from kms_engines.client import Client, DataKey
from kms_engines.errors import DataUnfit, InUse
from kms_engines.record import Record

from tests.engines.disks.conftest import Commands
from tests.support.killing import work_until
from tests.torture.amount import TORTURE, share

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs("cryptsetup", "qemu-img", "qemu-storage-daemon"),
]
STEPS = ("kms_engines/slots.py", "kms_engines/files.py")


def opening(luks: slots.Luks, client: Client) -> int:
    """Which of the keys in its record opens it; AssertionError where none does."""
    record = Record.of(luks.path)
    assert 1 <= len(record.keys) <= 2
    found, _ = slots.unlock(luks, record, client)
    return record.keys.index(found)


def kill_at_steps(luks: slots.Luks, client: Client, rekey: Callable[[], object], stride: int) -> list[tuple[int, int]]:
    """Kill changes at one step after the other until one comes to its end: how many keys were there after each, and
    which of them opens."""
    seen, step = [], 1
    while (status := work_until(step, STEPS, rekey)) == -signal.SIGKILL:
        seen.append((len(Record.of(luks.path).keys), opening(luks, client)))
        step += stride
    assert status == 0
    assert opening(luks, client) == 0
    assert (len(Record.of(luks.path).keys), len(luks.active_slots())) == (1, 1), "nothing of a killed one is left"
    return seen


@pytest.fixture
def disk(client: Client, tmp_path: Path) -> volume.Volume:
    """A volume of a megabyte."""
    one = volume.Volume(tmp_path / "vol.luks")
    volume.create(one, 1 << 20, client)
    return one


def test_a_change_of_a_volumes_data_key_is_killed_at_any_step(client: Client, disk: volume.Volume) -> None:
    before = disk.path.read_bytes()[volume.HEADER_BYTES :]

    seen = kill_at_steps(disk, client, lambda: volume.rekey(disk, client), stride=1 if TORTURE >= 1 else 4)

    assert {*seen} == {(1, 0), (2, 0), (2, 1)}
    assert disk.path.read_bytes()[volume.HEADER_BYTES :] == before


def test_it_is_killed_with_all_that_it_runs_at_any_moment(
    client: Client, disk: volume.Volume, commands: Commands
) -> None:
    begun = time.monotonic()
    commands.volume("rekey", disk.path)
    takes, kills = time.monotonic() - begun, share(100)

    for moment in range(kills):
        process = commands.spawn("volume", "rekey", disk.path, start_new_session=True)
        time.sleep(takes * (moment + 0.5) / kills)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        opening(disk, client)

    commands.volume("rekey", disk.path)
    assert (opening(disk, client), len(disk.active_slots())) == (0, 1)


class Killed(image.Image):
    """Is killed when both data keys open it."""

    def erase(self, slot: int, key: DataKey) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_change_of_an_images_data_key_is_killed_and_made_again(client: Client, tmp_path: Path) -> None:
    plain, one = tmp_path / "plain.raw", image.Image(tmp_path / "img.qcow2")
    plain.write_bytes(b"content" * 1000 + bytes(1 << 16))
    image.encrypt(plain, one, client)

    assert work_until(math.inf, (), lambda: image.rekey(Killed(one.path), client)) == -signal.SIGKILL
    assert (opening(one, client), one.active_slots()) == (0, {0, 1})
    image.rekey(one, client)

    assert (opening(one, client), one.active_slots()) == (0, {1})


def test_two_commands_do_not_change_it_at_once(client: Client, disk: volume.Volume) -> None:
    with files.locked(disk.path), pytest.raises(InUse, match=f"Another command works on {disk.path}. Try again"):
        volume.rekey(disk, client)


def test_a_data_key_in_a_slot_that_is_not_its_own_is_not_lost(client: Client, disk: volume.Volume) -> None:
    record = Record.of(disk.path)
    record.with_keys(replace(record.keys[0], slot=1)).save(disk.path)

    with pytest.raises(DataUnfit, match="would open no more"):
        volume.rekey(disk, client)

    assert opening(disk, client) == 0
