"""The trail: every operation leaves one trace, allowed or refused, before it is answered.

A change writes its trace in its own transaction. What changes nothing writes it by group commit. Pages that only read
leave a trace when they are refused; calls of the API always do, and are counted.
"""

import logging
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.models import Model

from console import sql
from console.access import scribe
from console.access.caller import Caller
from console.access.stream import Record, Writing
from console.models import Project
from keys.errors import Failed, KmsError, NotSaved

logger = logging.getLogger(__name__)


class Tracing:
    """The trace of one operation under way."""

    __slots__ = ("_writing", "caller", "detail", "is_written", "name", "owner", "resource")

    def __init__(self, caller: Caller, name: str, resource: Model | None) -> None:
        self.caller, self.name, self.resource = caller, name, resource
        self.detail: dict[str, Any] = {}
        self.owner: Project | None = None
        self.is_written = False
        self._writing: Writing | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, where: TracebackType | None) -> None:
        if error is not None:
            self._fail(error)
            return
        try:
            if self.caller.by_api and not self.is_written:
                self.done()
        except BaseException as problem:
            self._fail(problem)
            raise
        self.close(committed=True)

    def about(self, resource: Model, *, of: Project | None = None) -> None:
        """Name what the operation works on, where it is known only now. Where `of`, its project, is another account's,
        that account gets the trace as well: whoever owns a thing sees who uses it."""
        self.resource = resource
        self.owner = of if of is not None and of.account_id != self.caller.account.id else None

    def done(self) -> None:
        """Write the trace of success: last within the transaction of a change, else by group commit."""
        self.write(200, "")

    def write(self, status: int, error_code: str) -> None:
        """Write the record as the next of this process's stream; in a transaction, hold the stream until `close`."""
        record = self._record(status, error_code)
        records = [record] if self.owner is None else [record, self._record_for(self.owner, record)]
        if sql.database().in_atomic_block:
            self._writing = Writing(records, [record] if self.caller.by_api else [])
        else:
            scribe.write(records, counted=self.caller.by_api)
        self.is_written = True

    def close(self, *, committed: bool) -> None:
        """Let the next trace follow."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.close(committed=committed)

    def _fail(self, error: BaseException) -> None:
        self.close(committed=False)
        if isinstance(error, ValidationError):
            _trace_refusal(self, error)
        elif isinstance(error, Error) and sql.is_unusable(error):
            raise not_saved(error) from error
        elif isinstance(error, Exception) and self.caller.by_api:
            _trace_refusal(self, Failed())

    def _record(self, status: int, error_code: str) -> Record:
        caller, resource = self.caller, self.resource
        return {
            "at": datetime.now(UTC),
            "name": self.name,
            "account_id": caller.account.id,
            "project_id": caller.project.id if caller.project else "",
            "user_id": caller.user.id if caller.user else "",
            "user_name": caller.name,
            "resource_type": (resource._meta.model_name or "") if resource else "",
            "resource_id": str(resource.pk) if resource and not resource._state.adding else "",
            # What another account calls it is that account's own business.
            "resource_name": _name_of(resource) if resource and self.owner is None else "",
            "source_ip": caller.source_ip,
            "request_id": caller.request_id,
            "status": status,
            "error_code": error_code,
            "detail": self.detail,
        }

    def _record_for(self, owner: Project, record: Record) -> Record:
        """The same record in the owner's trail, which says of which account the caller is. It counts for nobody."""
        return {
            **record,
            "account_id": owner.account_id,
            "project_id": owner.pk,
            "resource_name": _name_of(self.resource),
            "detail": {**self.detail, "caller_account": self.caller.account.pk},
        }


def _name_of(resource: Model | None) -> str:
    """What a resource is called, or was to be called: NUL, which PostgreSQL can't store, is in the names of refused
    wishes alone."""
    return str(resource).replace("\0", "\N{REPLACEMENT CHARACTER}")[:255]


class _Refusals(Tracing):
    """Nothing but refusals."""

    __slots__ = ()

    def __exit__(self, kind: object, error: BaseException | None, where: TracebackType | None) -> None:
        if error is not None:
            self._fail(error)


def traced_where_refused(caller: Caller, name: str) -> Tracing:
    """The block before an operation that leaves a trace of its own: what is refused here already is traced as its
    refusal. Raises NotSaved."""
    return _Refusals(caller, name, None)


def traced(caller: Caller, name: str, resource: Model | None = None) -> Tracing:
    """The outermost block of an operation: what succeeds calls `done()`, what is refused by a ValidationError (mostly a
    KmsError) is traced here. A reading never calls `done()`: its success is traced here for calls of the API alone.

    Raises NotSaved where the database can't be written, or did not confirm: then nothing is acknowledged."""
    return Tracing(caller, name, resource)


def not_saved(error: Exception) -> NotSaved:
    """The refusal that is answered where the database can't be used; the log says why it can't."""
    logger.error("The database can't be used: %s", str(error).partition("\n")[0])
    return NotSaved()


def trace_refusal(caller: Caller, name: str, refusal: KmsError) -> None:
    """Trace what was refused before its operation began: a request that could not be read. Raises NotSaved."""
    _trace_refusal(Tracing(caller, name, None), refusal)


def _trace_refusal(tracing: Tracing, refusal: ValidationError) -> None:
    error = refusal if isinstance(refusal, KmsError) else KmsError()
    try:
        if not sql.database().in_atomic_block:
            tracing.write(error.status, str(error.code))
            return
        committed = False
        try:
            with transaction.atomic():
                tracing.write(error.status, str(error.code))
            committed = True
        finally:
            tracing.close(committed=committed)
    except Error as problem:
        if not sql.is_unusable(problem):
            raise
        raise not_saved(problem) from problem
