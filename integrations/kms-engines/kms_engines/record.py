"""What lies beside encrypted data, as `<its name>.json`: the wrapped data key of each LUKS slot, nothing secret.

    {"version": 1,
     "context": {"kms:volume": "accounts.luks (5cd3…)"},
     "keys": [{"slot": 0, "key_id": "…", "cipher_text": "…"}]}

The context is made once and stays when the file moves: the KMS binds the data key to it and shows it in the trail. Two
keys are there while the data key is being changed, or where that was interrupted: then one of them opens the data.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from kms_engines import files
from kms_engines.client import WrappedKey
from kms_engines.errors import DataUnfit

VERSION = 1
LONGEST_NAME = 200


@dataclass(frozen=True)
class SlotKey:
    """The wrapped data key that opens slot number `slot`."""

    slot: int
    wrapped: WrappedKey


@dataclass(frozen=True)
class Record:
    context: dict[str, str]
    keys: tuple[SlotKey, ...] = ()

    @classmethod
    def new(cls, kind: str, data: Path) -> Self:
        """For new data of a kind, `volume` or `image`, still without a key."""
        return cls({f"kms:{kind}": f"{data.name[:LONGEST_NAME]} ({uuid.uuid4()})"})

    @classmethod
    def of(cls, data: Path) -> Self:
        """That of some data. Raises DataUnfit where it is missing or damaged."""
        path = path_of(data)
        try:
            content = json.loads(path.read_bytes())
            if content["version"] != VERSION:
                raise DataUnfit(
                    f"{path} is of version {content['version']}; this kms-engines knows {VERSION}. Upgrade it."
                )
            context = {str(name): str(value) for name, value in content["context"].items()}
            keys = [SlotKey(int(one["slot"]), WrappedKey(one["key_id"], one["cipher_text"])) for one in content["keys"]]
        except OSError as error:
            raise DataUnfit(f"{path} can't be read: {error.strerror}. {data.name} opens with it alone.") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataUnfit(f"{path} is damaged: put back a copy of it. {data.name} opens with it alone.") from None
        return cls(context, tuple(keys))

    def with_keys(self, *keys: SlotKey) -> Self:
        return replace(self, keys=keys)

    def create(self, data: Path) -> None:
        """Put it beside data that is still to come: durable when this returns."""
        files.put_exclusively(path_of(data), self._content())

    def save(self, data: Path) -> None:
        """Put it in the place of what is there: durable when this returns."""
        files.replace(path_of(data), self._content())

    def _content(self) -> bytes:
        keys: Iterable[dict[str, object]] = [{"slot": one.slot, **vars(one.wrapped)} for one in self.keys]
        return json.dumps({"version": VERSION, "context": self.context, "keys": keys}, indent=1).encode() + b"\n"


def path_of(data: Path) -> Path:
    """Where the record of some data lies."""
    return files.beside(data, ".json")
