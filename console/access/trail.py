"""The trail: every operation leaves one trace, allowed or refused, in the same commit as its change.

Each process writes a stream of its own. A record carries stream, sequence and an HMAC over itself and the MAC before
it under the trail key, and a stream opens with the heads of those before it: a changed, missing or cut record shows.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import Model, OuterRef, Subquery
from django.utils import timezone

from console.access.caller import Caller
from console.models import Trace, TraceStream
from console.protection import trail_key
from keys.errors import KmsError, NotSaved

FIRST_MAC = bytes(32)
STREAMS_NAMED = 100  # older ones were named by the streams that opened since


@dataclass
class _Stream:
    """The stream of this process; `turn` is held from the writing of a trace to its commit."""

    turn: threading.RLock = field(default_factory=threading.RLock)
    pid: int = 0
    id: str = ""
    sequence: int = 0
    mac: bytes = FIRST_MAC


_stream = _Stream()


class Tracing:
    """The trace of one operation under way."""

    def __init__(self, caller: Caller, name: str, resource: Model | None) -> None:
        self.caller, self.name, self.resource = caller, name, resource
        self.detail: dict[str, Any] = {}
        self._written: Trace | None = None
        self._opened = False

    def about(self, resource: Model) -> None:
        """Name what the operation works on, where it is known only now."""
        self.resource = resource

    def done(self) -> None:
        """Write the trace of success, last within the transaction of the change."""
        self.write(200, "")

    def write(self, status: int, error_code: str) -> None:
        """Write the record as the next of this process's stream, and hold the stream until `close`."""
        _stream.turn.acquire()
        self._written = trace = self._record(status, error_code)
        if _stream.pid != os.getpid():
            _open_stream()
            self._opened = True
        trace.stream_id, trace.sequence = _stream.id, _stream.sequence + 1
        trace.mac = trail_key().mac(_stream.mac, record_of(trace))
        trace.save(force_insert=True)

    def close(self, *, committed: bool) -> None:
        """Let the next trace follow; one that was not committed leaves its place in the stream free."""
        if self._written is None:
            return
        if committed:
            _stream.sequence, _stream.mac = self._written.sequence, bytes(self._written.mac)
        elif self._opened:
            forget_stream()
        self._written, self._opened = None, False
        _stream.turn.release()

    def _record(self, status: int, error_code: str) -> Trace:
        caller, resource = self.caller, self.resource
        return Trace(
            at=timezone.now(),
            name=self.name,
            account_id=caller.account.pk,
            project_id=caller.project.pk if caller.project else "",
            user_id=caller.user.pk if caller.user else "",
            user_name=caller.name,
            resource_type=(resource._meta.model_name or "") if resource else "",
            resource_id=str(resource.pk) if resource and not resource._state.adding else "",
            resource_name=str(resource)[:255] if resource else "",
            source_ip=caller.source_ip,
            request_id=caller.request_id,
            status=status,
            error_code=error_code,
            detail=self.detail,
        )


@contextmanager
def traced(caller: Caller, name: str, resource: Model | None = None) -> Iterator[Tracing]:
    """The outermost block of an operation: what succeeds calls `done()` in its transaction, what is refused by a
    ValidationError (mostly a KmsError) is traced here; a reading that is allowed never calls `done()` and leaves none.

    Raises NotSaved where the database can't be written: then nothing was changed."""
    tracing = Tracing(caller, name, resource)
    try:
        yield tracing
    except ValidationError as refusal:
        tracing.close(committed=False)
        _trace_refusal(tracing, refusal)
        raise
    except OperationalError as error:
        tracing.close(committed=False)
        raise NotSaved() from error
    except BaseException:
        tracing.close(committed=False)
        raise
    tracing.close(committed=True)


def _trace_refusal(tracing: Tracing, refusal: ValidationError) -> None:
    error = refusal if isinstance(refusal, KmsError) else KmsError()
    committed = False
    try:
        with transaction.atomic():
            tracing.write(error.status, str(error.code))
        committed = True
    except OperationalError as error:
        raise NotSaved() from error
    finally:
        tracing.close(committed=committed)


def record_of(trace: Trace) -> bytes:
    """The bytes that a trace's MAC covers: every column but the row's id and the MAC itself, as canonical JSON."""
    columns = {
        column.attname: getattr(trace, column.attname)
        for column in Trace._meta.concrete_fields
        if column.attname not in {"id", "mac"}
    }
    columns["at"] = trace.at.isoformat(timespec="microseconds")
    return json.dumps(columns, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def forget_stream() -> None:
    """Begin a new stream with the next trace."""
    _stream.pid = 0


def _open_stream() -> None:
    last = Trace.objects.filter(stream=OuterRef("pk")).order_by("-sequence")
    before = (
        TraceStream.objects.order_by("-opened_at")
        .annotate(sequence=Subquery(last.values("sequence")[:1]), mac=Subquery(last.values("mac")[:1]))
        .values_list("pk", "sequence", "mac")[:STREAMS_NAMED]
    )
    heads = {pk: [sequence, bytes(mac).hex()] for pk, sequence, mac in before if sequence}
    opened = TraceStream.objects.create(heads_before=heads)
    _stream.pid, _stream.id, _stream.sequence, _stream.mac = os.getpid(), opened.pk, 0, FIRST_MAC
