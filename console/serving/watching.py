"""What a worker counts of its answers, and what it tells of itself each second.

An answer costs half a microsecond here: it is counted in memory. Each second the event loop passes on what was counted
to the files that all workers share, and sets there how things stand with this worker.
"""

import asyncio
import logging
import os
import resource
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from console import metrics, recall
from console.access import scribe, stream
from console.access.limits import LIMITS, TooManyFailures
from console.access.request import Request
from console.access.signature import SignatureExpired, SignatureRejected
from console.access.tokens import PasswordRejected, TokenRejected
from console.serving.connection import open_connections
from console.serving.exchange import Exchange
from console.serving.threads import Threads
from console.templatetags import once
from keys.crypto.material import unwrap_material
from keys.crypto.secrets import unwrap_secret

logger = logging.getLogger(__name__)

for _refusal in (SignatureRejected, SignatureExpired, TokenRejected, PasswordRejected, TooManyFailures):
    metrics.STRANGERS.labels(_refusal.__name__)  # from the first on: a rate needs one before
for _result in ("accepted", "refused"):
    metrics.SIGN_INS.labels(_result)
for _limit in LIMITS:
    metrics.LIMITED.labels(_limit.name)

SECOND: Final = 1.0
TELLS_ALL: Final = settings.LOG_LEVEL == "DEBUG"
"""Whether each answer has a line: at thousands a second that is for finding a fault."""
CACHES: Final[dict[str, Callable[[], Any]]] = {
    "secrets": unwrap_secret.cache_info,
    "parts": once.cache_info,
    "recall": recall.cache_info,
}
_calls: "dict[tuple[str, int, str], _Answers]" = {}
_pages: "dict[tuple[str, int, str], _Answers]" = {}
_found: dict[str, tuple[int, int]] = {}
_connections: WeakValueDictionary[int, BaseDatabaseWrapper] = WeakValueDictionary()


class Watched(Protocol):
    """A worker's application: its threads, and how many wait in which queue of its loop."""

    @property
    def pools(self) -> Mapping[str, Threads]: ...

    def waiting(self) -> Mapping[str, int]: ...


class _Answers:
    """Answers of one kind since the last second: how many took how long, by the buckets of TIMES, and all in all."""

    __slots__ = ("numbers", "seconds")

    def __init__(self) -> None:
        self.numbers, self.seconds = [0] * (len(metrics.TIMES) + 1), 0.0


def note_answer(exchange: Exchange, status: int, code: str) -> None:
    """Count an answer and what it took since the request was whole; log it where it is a failure. In the loop."""
    served = exchange.served
    if served is None:
        return
    took = time.perf_counter() - exchange.came
    kinds, kind = _calls if isinstance(served, Request) else _pages, (served.operation, status, code)
    if (answers := kinds.get(kind)) is None:
        answers = kinds[kind] = _Answers()
    answers.numbers[bisect_left(metrics.TIMES, took)] += 1
    answers.seconds += took
    if status >= 500 or TELLS_ALL:
        said = {"request_id": served.request_id, "operation": served.operation, "status": status}
        said |= {"error_code": code} if code else {}
        level = logging.ERROR if status >= 500 else logging.DEBUG
        logger.log(level, "A request was answered.", extra={**said, "duration": round(took, 6)})


def watch(application: Watched) -> None:
    """Tell how things stand, now and each second, in the running loop."""
    tell(application)
    asyncio.get_running_loop().call_later(SECOND, watch, application)


def tell(application: Watched) -> None:
    """Pass on what was counted since the last time, and how things stand."""
    for (operation, status, code), answers in _calls.items():
        metrics.CALLS.labels(operation, f"{status // 100}xx", code).inc(sum(answers.numbers))
        metrics.CALL_SECONDS.labels(operation).add(answers.numbers, answers.seconds)
    for (view, status, _code), answers in _pages.items():
        metrics.PAGES.labels(view, f"{status // 100}xx").inc(sum(answers.numbers))
        metrics.PAGE_SECONDS.labels(view).add(answers.numbers, answers.seconds)
    _calls.clear()
    _pages.clear()
    metrics.flush()
    metrics.CONNECTIONS.set(open_connections())
    metrics.OPEN_FILES.set(len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0)
    metrics.MOST_FILES.set(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for queue, length in {**application.waiting(), "commit": scribe.waiting()}.items():
        metrics.WAITING.labels(queue).set(length)
    for name, pool in application.pools.items():
        metrics.THREADS.labels(name).set(pool.most)
        metrics.BUSY.labels(name).set(min(pool.under_way, pool.most))
        metrics.WAITING.labels(name).set(max(pool.under_way - pool.most, 0))
    metrics.DATABASE_CONNECTIONS.set(sum(one.connection is not None for one in list(_connections.values())))
    metrics.TRAIL_SEQUENCE.set(stream.sequence())
    for name, info in CACHES.items():
        hits, misses, _most, entries = info()
        _tell_of_cache(name, hits, misses)
        metrics.CACHE_ENTRIES.labels(name).set(entries)
    material = unwrap_material.cache_info()
    _tell_of_cache("material", material.hits, material.misses)
    metrics.CACHE_BYTES.labels("material").set(material.currsize)


def _tell_of_cache(name: str, hits: int, misses: int) -> None:
    """What came to a cache's own counters, which begin anew when it is emptied."""
    known = _found.get(name, (0, 0))
    if hits < known[0] or misses < known[1]:
        known = (0, 0)
    metrics.CACHE_HITS.labels(name).inc(hits - known[0])
    metrics.CACHE_MISSES.labels(name).inc(misses - known[1])
    _found[name] = (hits, misses)


def _note_connection(connection: BaseDatabaseWrapper, **_more: object) -> None:
    _connections[id(connection)] = connection


connection_created.connect(_note_connection)
