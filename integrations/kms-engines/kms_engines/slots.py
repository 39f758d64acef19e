"""Opening LUKS by one of its wrapped data keys, and changing that: another data key, or another key around it.

At any moment a data key that opens the data is in its record: a kill leaves two there at most, and the next change
takes away the one that is left over.
"""

from pathlib import Path
from typing import Protocol

from kms_engines import files
from kms_engines.client import Client, DataKey
from kms_engines.errors import DataUnfit, KmsRefused, ProgramFailed
from kms_engines.record import Record, SlotKey, path_of

DEFAULT_KEY_REFUSED = "KMS.0211"


class Luks(Protocol):
    """Some data with a LUKS header of eight slots."""

    @property
    def path(self) -> Path: ...

    def opens(self, key: DataKey) -> bool: ...

    def active_slots(self) -> set[int]: ...

    def add(self, slot: int, key: DataKey, new: DataKey) -> None:
        """Have `new` open it too, by a slot that is not active; `key` opens it."""

    def erase(self, slot: int, key: DataKey) -> None:
        """Have a slot open nothing any more; `key` opens another one."""


def unlock(luks: Luks, record: Record, client: Client) -> tuple[SlotKey, DataKey]:
    """The data key of the record that opens the data. Raises what the KMS refused, DataUnfit where none does."""
    refused: KmsRefused | None = None
    for one in record.keys:
        try:
            key = client.decrypt_data_key(one.wrapped, record.context)
        except KmsRefused as error:
            refused = error
            continue
        if luks.opens(key):
            return one, key
    if refused:
        raise refused
    raise DataUnfit(
        f"{luks.path} does not open with the data key of {path_of(luks.path)}: put back its own, or it is damaged."
    )


def change_data_key(luks: Luks, client: Client, key_id: str) -> None:
    """Have a new data key open the data instead of the present one, under the key `key_id` (empty: that of the present
    one). What is encrypted stays as it is."""
    record = Record.of(luks.path)
    present, key = unlock(luks, record, client)
    for slot in luks.active_slots() - {present.slot}:
        luks.erase(slot, key)  # of a change that was interrupted
    wrapped, new = client.create_data_key(key_id or present.wrapped.key_id, record.context)
    coming = SlotKey(0 if present.slot else 1, wrapped)
    record.with_keys(present, coming).save(luks.path)
    luks.add(coming.slot, key, new)
    files.sync(luks.path)
    if not luks.opens(new):
        raise ProgramFailed(f"The new data key does not open {luks.path}; the present one does. Try again.")
    luks.erase(present.slot, new)
    files.sync(luks.path)
    record.with_keys(coming).save(luks.path)


def change_key_around(data: Path, client: Client, key_id: str) -> None:
    """Wrap the data key anew, by another key or the newest version of its own; the data are not touched."""
    record = Record.of(data)
    try:
        keys = [
            SlotKey(one.slot, client.rewrap_data_key(one.wrapped, key_id or one.wrapped.key_id, record.context))
            for one in record.keys
        ]
    except KmsRefused as error:
        if error.code == DEFAULT_KEY_REFUSED:
            raise DataUnfit("From or to a default key a data key is not moved: leave out --wrap-only.") from None
        raise
    record.with_keys(*keys).save(data)
