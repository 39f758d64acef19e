"""Verifying the trail from the console: the whole of it is checked, and a reader is told of his account's part."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.access.verification import Finding, verify_streams
from console.models import Trace
from console.operations.traces import LIST
from keys.errors import KmsError

MOST_RECORDS = 200_000
SHOWN, CHUNK = 20, 500
_one_at_a_time = threading.Lock()


class TrailTooLong(KmsError):
    text = _(
        "The trail of this server is too long to be checked while you wait. "
        "The administrator of this server can run: manage.py verifytraces"
    )


class TrailBeingVerified(KmsError):
    status = 409
    text = _("The trail is being verified just now. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class TrailVerdict:
    """What was found: `traces` of the reader's account were checked, in `seconds`; `wrong` are those of them with what
    is wrong about each, at most SHOWN; `elsewhere` how much is wrong that is no trace of his account, or is missing."""

    traces: int
    seconds: float
    wrong: list[tuple[Trace, str]]
    elsewhere: int

    @property
    def is_intact(self) -> bool:
        return not self.wrong and not self.elsewhere


def verify_trail(caller: Caller) -> TrailVerdict:
    """Check every trace of this server: that none was changed, removed, cut off or put back to an older copy. One chain
    holds those of all accounts, so all are checked; numbers of other accounts are not told.

    Raises NotPermitted, TrailTooLong, TrailBeingVerified."""
    with traced(caller, "verifyTrail") as trace:
        caller.require(LIST, within=None)
        if Trace.objects.values("pk")[: MOST_RECORDS + 1].count() > MOST_RECORDS:  # no more are counted
            raise TrailTooLong()
        if not _one_at_a_time.acquire(blocking=False):
            raise TrailBeingVerified()
        try:
            begun = time.monotonic()
            verdict = verify_streams()
            seconds = time.monotonic() - begun
        finally:
            _one_at_a_time.release()
        own = Trace.objects.filter(account_id=caller.account.pk)
        wrong = list(_of_those(own, verdict.findings))
        trace.detail = {"is_intact": not verdict.findings}
        result = TrailVerdict(own.count(), seconds, wrong[:SHOWN], len(verdict.findings) - len(wrong))
        trace.done()
    return result


def _of_those(traces: "QuerySet[Trace]", findings: Sequence[Finding]) -> Iterator[tuple[Trace, str]]:
    """Those of `traces` that findings are about, with what is wrong about each."""
    texts: dict[str, dict[int, list[str]]] = {}
    for finding in findings:
        texts.setdefault(finding.stream, {}).setdefault(finding.sequence, []).append(str(finding.text))
    for stream, by_sequence in texts.items():
        sequences = list(by_sequence)
        for start in range(0, len(sequences), CHUNK):
            for trace in traces.filter(stream=stream, sequence__in=sequences[start : start + CHUNK]):
                yield from ((trace, text) for text in by_sequence[trace.sequence])
