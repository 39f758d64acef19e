"""What a restore and a move say of keys and trail at their end."""

from collections.abc import Iterator

from console.access.verification import Verdict
from keys.operations.proving import Proof

SHOWN = 20


def lines_of(proof: Proof, verdict: Verdict) -> Iterator[str]:
    """What does not open, what was given up, the first of what is wrong with the trail, and the verdict."""
    yield from (f"Does not open, here as where it came from: {one}." for one in proof.closed)
    yield from map(str, verdict.given_up)
    yield from map(str, verdict.findings[:SHOWN])
    if verdict.findings[SHOWN:]:
        yield f"and {len(verdict.findings) - SHOWN:,} more: run manage.py verifytraces"
    yield f"The trail: {verdict}"
