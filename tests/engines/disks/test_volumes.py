"""EVS: encrypted volumes by kms-volume, with the real cryptsetup and qemu, a real file system and a real KMS."""

import base64
import json
import os
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kms_engines import slots
from kms_engines.client import Client
from kms_engines.record import Record
from kms_engines.volume import Volume

from tests.engines.disks.conftest import Commands
from tests.support import tools
from tests.support.file_systems import copies_of, make_file_system, mounted
from tests.support.sdk import Sdk

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs("cryptsetup", "qemu-img", "qemu-storage-daemon", "debugfs", "fuse2fs", "fusermount3"),
]
MARKER = b"the balance of account 4711"


@pytest.fixture
def path(commands: Commands) -> Path:
    return commands.folder / "vol.luks"


def record_of(path: Path) -> Any:
    return json.loads(path.with_name(f"{path.name}.json").read_bytes())


def files_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_a_file_system_lives_in_a_volume_and_is_ciphertext_at_rest(commands: Commands, path: Path) -> None:
    commands.volume("create", path, "16M")
    disk = Path(commands.volume("open", path))
    make_file_system(disk)
    with mounted(disk, commands.folder / "mnt") as folder:
        (folder / "accounts.txt").write_bytes(MARKER * 1000)
    assert copies_of(MARKER, disk) >= 1000
    commands.volume("close", path)

    assert files_in(commands.folder) == {"vol.luks", "vol.luks.json", "mnt"}
    assert copies_of(MARKER, path) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert (commands.volume("open", path), disk.stat().st_size) == (str(disk), 16 << 20)
    with mounted(disk, commands.folder / "mnt") as folder:
        assert (folder / "accounts.txt").read_bytes() == MARKER * 1000
    commands.volume("close", path)
    commands.volume("close", path)


def test_a_volume_moves_with_its_record_and_the_trail_names_it_as_it_was_made(commands: Commands, path: Path) -> None:
    commands.volume("create", path, "1M")
    made = record_of(path)["context"]["kms:volume"]
    elsewhere = commands.folder / "with, a comma {0} \\ and 'blanks'"
    path.with_name("vol.luks.json").rename(f"{elsewhere}.json")
    path.rename(elsewhere)

    disk = Path(commands.volume("open", elsewhere))
    disk.write_bytes(b"x" * 4096)
    commands.volume("close", elsewhere)

    assert made.startswith("vol.luks (")
    assert record_of(elsewhere)["context"]["kms:volume"] == made


def test_a_disabled_key_opens_nothing(commands: Commands, path: Path, sdk: Sdk) -> None:
    key = sdk.new_key()
    commands.volume("create", path, "1M", "--key", key)
    sdk.disable_key(key_id=key)

    status, said = commands.attempt("volume", "open", path)

    assert (status, files_in(commands.folder)) == (5, {"vol.luks", "vol.luks.json"})
    assert said.startswith("kms-volume: The KMS refused: KMS.0209 The key is disabled. Enable it first. (request ")
    sdk.enable_key(key_id=key)
    commands.volume("open", path)
    commands.volume("close", path)


def test_the_wrapped_key_of_another_volume_is_refused(commands: Commands, path: Path) -> None:
    other = commands.folder / "other.luks"
    commands.volume("create", path, "1M")
    commands.volume("create", other, "1M")
    own, others = record_of(path), record_of(other)
    place = path.with_name("vol.luks.json")

    place.write_text(json.dumps(others))
    assert commands.attempt("volume", "open", path) == (
        6,
        f"kms-volume: {path} does not open with the data key of {place}: put back its own, or it is damaged.\n",
    )
    place.write_text(json.dumps({**others, "context": own["context"]}))
    status, said = commands.attempt("volume", "open", path)
    assert (status, "KMS.2201" in said) == (5, True)
    place.write_text(json.dumps(own))
    commands.volume("open", path)
    commands.volume("close", path)


RECORDING = """#!/bin/sh
{{ printf '%s\\n' "$@"; env; }} >>{log}
exec {program} "$@"
"""


def test_no_secret_is_in_a_file_or_in_what_others_see_of_a_process(
    commands: Commands, path: Path, client: Client, tmp_path: Path
) -> None:
    log, seen = tmp_path / "log", tmp_path / "seen"
    for name in ("cryptsetup", "qemu-storage-daemon"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(RECORDING.format(log=log, program=tools.program(name)))
        (tmp_path / "bin" / name).chmod(0o755)
    commands = replace(commands, path=f"{tmp_path / 'bin'}:{commands.path}")
    commands.volume("create", path, "1M")
    commands.volume("open", path)
    keys = [slots.unlock(Volume(path), Record.of(path), client)[1]]
    commands.volume("rekey", path)
    keys.append(slots.unlock(Volume(path), Record.of(path), client)[1])
    daemon = Path("/proc") / path.with_name("vol.luks.pid").read_text().strip()
    seen.write_bytes(log.read_bytes() + (daemon / "cmdline").read_bytes() + (daemon / "environ").read_bytes())
    commands.volume("close", path)

    secrets = [commands.settings.secret_key.encode()]
    secrets += [form for key in keys for form in (key.secret, key.passphrase, base64.b64encode(key.secret))]
    assert seen.read_text().count("--key-file") >= 5
    assert [
        (one.name, secret)
        for one in tmp_path.iterdir()
        if one.is_file()
        for secret in secrets
        if secret in one.read_bytes()
    ] == []


# Changing the key


def test_a_new_data_key_opens_what_was_written_and_the_old_one_no_more(commands: Commands, path: Path) -> None:
    commands.volume("create", path, "1M")
    before, header = record_of(path), path.read_bytes()[:1024]
    disk = Path(commands.volume("open", path))
    disk.write_bytes(MARKER)

    commands.volume("rekey", path)

    assert disk.read_bytes()[: len(MARKER)] == MARKER, "it stays open"
    commands.volume("close", path)
    after = record_of(path)
    assert [one["slot"] for one in after["keys"]] == [1]
    assert after["keys"][0]["key_id"] == before["keys"][0]["key_id"]
    assert after["context"] == before["context"]
    assert path.read_bytes()[:1024] != header
    assert Path(commands.volume("open", path)).read_bytes()[: len(MARKER)] == MARKER
    commands.volume("close", path)
    path.with_name("vol.luks.json").write_text(json.dumps(before))
    assert commands.attempt("volume", "open", path)[0] == 6


def test_the_data_key_moves_to_another_key_and_the_volume_stays_as_it_is(
    commands: Commands, path: Path, sdk: Sdk
) -> None:
    first, second = sdk.new_key(), sdk.new_key()
    commands.volume("create", path, "1M", "--key", first)
    before = path.read_bytes()

    commands.volume("rekey", path, "--wrap-only", "--key", second)

    sdk.disable_key(key_id=first)
    assert path.read_bytes() == before
    assert record_of(path)["keys"][0]["key_id"] == second
    commands.volume("open", path)
    commands.volume("close", path)


def test_from_a_default_key_it_moves_with_a_new_data_key(commands: Commands, path: Path, sdk: Sdk) -> None:
    commands.volume("create", path, "1M")
    key = sdk.new_key()
    sdk.create_alias(key_id=key, alias="alias/disks")

    status, said = commands.attempt("volume", "rekey", path, "--wrap-only", "--key", key)
    commands.volume("rekey", path, "--key", "alias/disks")

    assert (status, "leave out --wrap-only" in said) == (6, True)
    assert record_of(path)["keys"][0]["key_id"] == key


# What is in the way


def test_a_volume_is_open_once_and_is_not_closed_under_a_file_system(commands: Commands, path: Path) -> None:
    commands.volume("create", path, "1M")
    opening = [commands.spawn("volume", "open", path) for _ in range(4)]
    ended = sorted((one.communicate()[0].strip(), one.returncode) for one in opening)
    disk = path.with_name("vol.luks.plain")

    again = commands.attempt("volume", "open", path)
    with disk.open("rb"):
        closing = commands.attempt("volume", "close", path)

    assert ended == [("", 7), ("", 7), ("", 7), (str(disk), 0)]
    assert again == (7, f"kms-volume: {path} is open already, as {disk}.\n")
    assert closing[0] == 7
    assert f"{disk} is in use" in closing[1]
    commands.volume("close", path)


def test_after_a_killed_daemon_it_opens_again(commands: Commands, path: Path) -> None:
    commands.volume("create", path, "1M")
    disk = Path(commands.volume("open", path))
    disk.write_bytes(MARKER)
    os.kill(int(path.with_name("vol.luks.pid").read_text()), signal.SIGKILL)

    time.sleep(0.2)

    assert Path(commands.volume("open", path)).read_bytes()[: len(MARKER)] == MARKER
    commands.volume("close", path)


@pytest.mark.parametrize("present", ["vol.luks", "vol.luks.json"])
def test_nothing_is_written_over(commands: Commands, path: Path, present: str) -> None:
    (commands.folder / present).write_text("mine")

    assert commands.attempt("volume", "create", path, "1M")[0] == 6
    assert files_in(commands.folder) == {present}
    assert (commands.folder / present).read_text() == "mine"


def small_files() -> None:
    """As on a disk that is full after half a megabyte."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, 1 << 19))


def test_a_failed_create_leaves_no_files(commands: Commands, path: Path, sdk: Sdk) -> None:
    key = sdk.new_key()
    sdk.disable_key(key_id=key)

    refused = commands.attempt("volume", "create", path, "1M", "--key", key)
    full = commands.attempt("volume", "create", path, "1M", preexec_fn=small_files)
    nowhere = commands.attempt("volume", "create", commands.folder / "none" / "vol.luks", "1M")

    assert [refused[0], full[0], nowhere[0]] == [5, 6, 6]
    assert "vol.luks can't be written: File too large." in full[1]
    assert files_in(commands.folder) == set()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "can't be read: No such file or directory. vol.luks opens with it alone"),
        ("{", "is damaged: put back a copy"),
        ("[]", "is damaged: put back a copy"),
        ('{"version": 2}', "is of version 2; this kms-engines knows 1. Upgrade it"),
    ],
)
def test_a_record_that_is_missing_or_damaged_is_named(
    commands: Commands, path: Path, content: str | None, message: str
) -> None:
    path.write_bytes(b"")
    if content is not None:
        path.with_name("vol.luks.json").write_text(content)

    status, said = commands.attempt("volume", "open", path)

    assert status == 6
    assert message in said
