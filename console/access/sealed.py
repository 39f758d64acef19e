"""What is stated of an archive of traces, and the seal under which it is stated: in the file, and in its row."""

from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from console.access.stream import canonical
from console.models import TraceArchive
from console.protection import trail_key
from keys.crypto.errors import TrailBroken


class Sealed(NamedTuple):
    """What is stated of an archive: all but the MAC over it."""

    name: str
    begins_at: datetime
    ends_at: datetime
    records: int
    runs: dict[str, list[list[Any]]]
    digest: str
    archived_at: datetime

    @classmethod
    def of(cls, archive: TraceArchive) -> Self:
        return cls(*(getattr(archive, name) for name in cls._fields))

    def statement(self) -> bytes:
        """The bytes that the seal covers: canonical JSON."""
        return canonical({name: text_of(value) for name, value in self._asdict().items()})

    def seal(self) -> bytes:
        """The MAC over the statement."""
        return trail_key().seal(self.statement())


def name_of(begins_at: datetime, ends_at: datetime, digest: str) -> str:
    """What a file is called: the days of its period, and the beginning of its digest, so that no two are the same."""
    return f"traces-{begins_at:%Y%m%d}-{ends_at:%Y%m%d}-{digest[:16]}.jsonl.gz"


def is_genuine(archive: TraceArchive) -> bool:
    """Whether this server sealed what the row states."""
    try:
        trail_key().verify_seal(Sealed.of(archive).statement(), bytes(archive.mac))
    except (TrailBroken, TypeError, ValueError, AttributeError):
        return False
    return True


def text_of(value: Any) -> Any:
    """A time as records and statements have it; all else as it is."""
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
