"""Work that is done once, in a process of its own: the memory that it took goes with it."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from django.core.management.base import CommandError

from console.serving.processes import end_with_parent
from console.serving.refusals import REFUSALS, sentence_of

Lines = Sequence[str]


def apart(work: Callable[[], Lines]) -> Lines:
    """What `work` returns, done in a forked process. CommandError with the sentence of its refusal; SystemExit where it
    ended otherwise."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, sending), daemon=True)
    process.start()
    sending.close()
    try:
        done, lines = receiving.recv()
    except EOFError:
        process.join()
        raise SystemExit(process.exitcode or 1) from None
    process.join()
    if not done:
        raise CommandError(lines[0])
    return tuple(lines)


def _do(work: Callable[[], Lines], sending: Connection) -> None:
    end_with_parent()
    try:
        answer = (True, [*work()])
    except REFUSALS as error:
        answer = (False, [sentence_of(error)])
    sending.send(answer)
