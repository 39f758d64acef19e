"""IMS: encrypted images by kms-image, with the real qemu-img and a real KMS."""

import filecmp
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.engines.disks.conftest import Commands
from tests.support import tools
from tests.support.file_systems import copies_of, make_file_system
from tests.support.sdk import Sdk

pytestmark = [pytest.mark.engines, pytest.mark.needs("qemu-img", "debugfs")]
MARKER = b"the golden image of the year"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """An image with a file system that has a secret."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/secret.txt").write_bytes(MARKER * 1000)
    image = tmp_path / "plain.raw"
    with image.open("wb") as file:
        file.truncate(8 << 20)
    make_file_system(image, tmp_path / "root")
    return image


def secret_in(image: Path) -> bytes:
    command = [tools.program("debugfs") or "", "-R", "cat secret.txt", str(image)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_an_image_is_ciphertext_and_opens_while_its_key_may_be_used(
    commands: Commands, plain: Path, tmp_path: Path, sdk: Sdk
) -> None:
    image, back, key = tmp_path / "img.qcow2", tmp_path / "back.raw", sdk.new_key()
    record = tmp_path / "img.qcow2.json"
    assert copies_of(MARKER, plain) >= 1000

    commands.image("encrypt", plain, image, "--key", key)

    assert (image.stat().st_mode & 0o777, copies_of(MARKER, image)) == (0o600, 0)
    assert image.stat().st_size < plain.stat().st_size, "it stays sparse"
    commands.image("decrypt", image, back)
    assert (filecmp.cmp(plain, back, shallow=False), secret_in(back)) == (True, MARKER * 1000)
    assert back.stat().st_mode & 0o777 == 0o600

    before, other = record.read_bytes(), sdk.new_key()
    commands.image("rekey", image, "--key", other)
    back.unlink()
    sdk.disable_key(key_id=key)
    commands.image("decrypt", image, back, "--format", "qcow2")
    assert json.loads(record.read_bytes())["keys"][0]["key_id"] == other
    assert json.loads(before)["context"] == json.loads(record.read_bytes())["context"]

    back.unlink()
    sdk.disable_key(key_id=other)
    status, said = commands.attempt("image", "decrypt", image, back)
    assert (status, back.exists()) == (5, False)
    assert said.startswith("kms-image: The KMS refused: KMS.0209 The key is disabled. Enable it first.")
    sdk.enable_key(key_id=key)
    record.write_bytes(before)
    assert commands.attempt("image", "decrypt", image, back)[0] == 6, "the old data key opens it no more"


def test_wrapping_its_data_key_anew_leaves_the_image_as_it_is(
    commands: Commands, plain: Path, tmp_path: Path, sdk: Sdk
) -> None:
    image, back, first, second = tmp_path / "img.qcow2", tmp_path / "back.raw", sdk.new_key(), sdk.new_key()
    commands.image("encrypt", plain, image, "--key", first)
    before = image.read_bytes()

    commands.image("rekey", image, "--wrap-only", "--key", second)

    sdk.disable_key(key_id=first)
    assert image.read_bytes() == before
    assert "(100.00/100%)" in shown_on_a_terminal(commands, "image", "decrypt", image, back)
    assert filecmp.cmp(plain, back, shallow=False)


def shown_on_a_terminal(commands: Commands, *arguments: str | Path) -> str:
    """What a command that succeeds says to whoever looks."""
    terminal, end = pty.openpty()
    try:
        subprocess.run(commands.line(*arguments), env=commands.environment, stderr=end, timeout=60, check=True)
        return os.read(terminal, 1 << 16).decode()
    finally:
        os.close(end)
        os.close(terminal)


def test_an_image_that_reads_other_files_is_refused(commands: Commands, plain: Path, tmp_path: Path) -> None:
    thief = tmp_path / "thief.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(plain), "-F", "raw", str(thief)], check=True)

    status, said = commands.attempt("image", "encrypt", thief, tmp_path / "img.qcow2")

    assert (status, "takes a part of its content from another file" in said) == (6, True)
    assert not (tmp_path / "img.qcow2").exists()
    assert not (tmp_path / "img.qcow2.json").exists()


def test_nothing_is_written_over_and_a_failure_leaves_nothing(commands: Commands, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.qcow2").write_text("mine")
    before = {*tmp_path.iterdir()}

    there = commands.attempt("image", "encrypt", plain, tmp_path / "mine.qcow2")
    none = commands.attempt("image", "encrypt", tmp_path / "none.raw", tmp_path / "img.qcow2")
    broken = commands.attempt("image", "encrypt", tmp_path / "mine.qcow2", tmp_path / "img.qcow2", "--format", "qcow2")

    assert [there[0], none[0], broken[0]] == [6, 6, 8]
    assert broken[1].startswith("kms-image: qemu-img failed: ")
    assert ({*tmp_path.iterdir()}, (tmp_path / "mine.qcow2").read_text()) == (before, "mine")
