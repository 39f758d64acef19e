"""Encrypted images: qcow2 with LUKS inside, made and read by qemu-img."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kms_engines import files, slots
from kms_engines.client import Client, DataKey
from kms_engines.errors import DataUnfit
from kms_engines.programs import attempt, option, run
from kms_engines.record import Record, SlotKey, path_of

DEFAULT_KEY = "ims/default"
FORMATS = ("raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc")
"""Formats of images that are not encrypted."""
SECRET, NEW_SECRET = ("--object", "secret,id=key,file={0}"), ("--object", "secret,id=new,file={1}")
DERIVING = "encrypt.iter-time=10"  # milliseconds; of a random key more rounds would only take time


@dataclass(frozen=True)
class Image:
    """The encrypted image at an absolute path; `shows_progress` on stderr."""

    path: Path
    shows_progress: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """How qemu-img is told of it: the format is given, not guessed."""
        return ("--image-opts", f"driver=qcow2,encrypt.key-secret=key,file.filename={option(self.path)}")

    def opens(self, key: DataKey) -> bool:
        done = attempt("qemu-io", "-r", *SECRET, *self.options, "-c", "quit", keys=(key,))
        if done.returncode and "Invalid password" not in done.stderr:
            raise DataUnfit(f"{self.path} is no image that qemu can open: {done.stderr.strip()}")
        return not done.returncode

    def active_slots(self) -> set[int]:
        encryption = _info(self.path, "qcow2").get("format-specific", {}).get("data", {}).get("encrypt", {})
        return {number for number, slot in enumerate(encryption.get("slots", ())) if slot["active"]}

    def add(self, slot: int, key: DataKey, new: DataKey) -> None:
        change = f"encrypt.state=active,encrypt.new-secret=new,encrypt.keyslot={slot},{DERIVING}"
        run("qemu-img", "amend", *SECRET, *NEW_SECRET, "-o", change, *self.options, keys=(key, new))

    def erase(self, slot: int, key: DataKey) -> None:
        change = f"encrypt.state=inactive,encrypt.keyslot={slot}"
        run("qemu-img", "amend", *SECRET, "-o", change, *self.options, keys=(key,))


def encrypt(source: Path, image: Image, client: Client, key_id: str = "", source_format: str = "") -> None:
    """Make an encrypted image of a plain one, whose format is recognised where none is given. Raises DataUnfit where
    the new image is there already; whatever fails, nothing of it is left."""
    source_format = source_format or _format_of(source)
    files.refuse_to_replace(image.path)
    record = Record.new("image", image.path)
    wrapped, key = client.create_data_key(key_id or DEFAULT_KEY, record.context)
    record.with_keys(SlotKey(0, wrapped)).create(image.path)
    try:
        with files.new_file(image.path) as part:
            encryption = f"encrypt.format=luks,encrypt.key-secret=key,{DERIVING}"
            _convert(image, ("-f", source_format, "-O", "qcow2", *SECRET, "-o", encryption, source, part), key)
    except BaseException:
        path_of(image.path).unlink()
        raise


def decrypt(image: Image, target: Path, client: Client, target_format: str = "raw") -> None:
    """Make a plain image of an encrypted one. Raises DataUnfit where it is there already."""
    files.refuse_to_replace(target)
    with files.locked(image.path):
        _info(image.path, "qcow2")
        _, key = slots.unlock(image, Record.of(image.path), client)
        with files.new_file(target) as part:
            _convert(image, (*SECRET, *image.options, "-O", target_format, part), key)


def rekey(image: Image, client: Client, key_id: str = "", *, wraps_only: bool = False) -> None:
    """Change its data key, or with `wraps_only` the key around that."""
    with files.locked(image.path):
        if wraps_only:
            slots.change_key_around(image.path, client, key_id)
        else:
            slots.change_data_key(image, client, key_id)


def _convert(image: Image, arguments: tuple[str | Path, ...], key: DataKey) -> None:
    progress = ("-p",) if image.shows_progress else ()
    run("qemu-img", "convert", *progress, *arguments, keys=(key,), shows_progress=image.shows_progress)


def _format_of(source: Path) -> str:
    found = str(_info(source)["format"])
    if found not in FORMATS:
        raise DataUnfit(f"{source} is of the format {found}. Convert it to one of {', '.join(FORMATS)} first.")
    return found


def _info(path: Path, format_: str = "") -> dict[str, Any]:
    """What qemu-img says of an image. Raises DataUnfit where it would read other files too, which whoever made it may
    have chosen."""
    given = ("-f", format_) if format_ else ()
    done = attempt("qemu-img", "info", "--output=json", *given, path)
    if done.returncode:
        raise DataUnfit(f"{path} is no image that qemu can read: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    if "backing-filename" in found or "data-file" in found.get("format-specific", {}).get("data", {}):
        raise DataUnfit(
            f"{path} takes a part of its content from another file. Make it whole by qemu-img convert first."
        )
    return found
