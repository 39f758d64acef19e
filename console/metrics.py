"""What this program counts of itself for Prometheus: every metric with its name, kind and labels (docs/monitoring.md).

Labels name what stands in the code (calls, views, error codes, chores), never what a client sent and nothing of an
account. A worker gathers in memory and passes on each second (`console/serving/watching.py`) to files that all workers
share (prometheus_client's multiprocess mode), so that a scrape of any of them shows all.
"""

from bisect import bisect_left
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram, values

from console.counted import ReservedDict

values.MmapedDict = ReservedDict  # type: ignore[attr-defined]  # what it opens its files by

TIMES: Final = (
    *(0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032),
    *(0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Seconds, the bounds of all durations."""
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Tally(Histogram):
    """A histogram that gathers in memory until it is flushed.

    The library's own writes to the shared file twice an observation and takes ten times as long for it."""

    def _metric_init(self) -> None:
        super()._metric_init()
        self._turn = Lock()
        self._gathered = [0] * len(self._upper_bounds)
        self._total = 0.0
        _tallies.append(self)

    def observe(self, amount: float, exemplar: Any = None) -> None:
        """Take `amount` in, from any thread."""
        place = bisect_left(self._upper_bounds, amount)
        with self._turn:
            self._gathered[place] += 1
            self._total += amount

    def flush(self) -> None:
        """Pass on what was gathered."""
        with self._turn:
            gathered, self._gathered = self._gathered, [0] * len(self._upper_bounds)
            total, self._total = self._total, 0.0
        self.add(gathered, total)

    def add(self, numbers: Sequence[int], total: float) -> None:
        """Take in what was gathered elsewhere: how many observations in each bucket, the last one without bound, and
        their sum."""
        for bucket, number in zip(self._buckets, numbers, strict=True):
            if number:
                bucket.inc(number)
        if total:
            self._sum.inc(total)


_tallies: list[Tally] = []


def flush() -> None:
    """Pass on what all histograms have gathered."""
    for one in _tallies:
        one.flush()


def _gauge(name: str, text: str, *labels: str, mode: Any = "livesum") -> Gauge:
    return Gauge(name, text, labels, multiprocess_mode=mode)


# What is answered
CALLS = Counter("kms_calls_total", "Calls of the API that were answered.", ["operation", "status", "code"])
CALL_SECONDS = Tally(
    "kms_call_duration_seconds", "From a call's last byte to its answer.", ["operation"], buckets=TIMES
)
PAGES = Counter("kms_pages_total", "Pages and files that were answered.", ["view", "status"])
PAGE_SECONDS = Tally("kms_page_duration_seconds", "From a page's last byte to its answer.", ["view"], buckets=TIMES)
STRANGERS = Counter("kms_strangers_refused_total", "Calls refused before the caller was known.", ["reason"])
SIGN_INS = Counter("kms_sign_ins_total", "Sign-ins to console and administration.", ["result"])
LIMITED = Counter("kms_limited_total", "Requests refused because there were too many.", ["limit"])

# Who waits for what
CONNECTIONS = _gauge("kms_connections", "HTTP connections that are open.")
WAITING = _gauge("kms_waiting", "Calls, pages and traces that wait for their turn.", "queue")
THREADS = _gauge("kms_threads", "Threads that answer.", "pool")
BUSY = _gauge("kms_threads_busy", "Threads that are answering now.", "pool")
# Under the library's own names, whose collector asks in the process that is scraped alone: not registered beside it.
OPEN_FILES, MOST_FILES = (
    Gauge(name, text, multiprocess_mode="liveall", registry=None)
    for name, text in (
        ("process_open_fds", "Number of open file descriptors."),
        ("process_max_fds", "Maximum number of open file descriptors."),
    )
)

# The database
COMMIT_CALLS = Tally("kms_commit_calls", "Calls whose traces shared a commit.", buckets=SIZES)
COMMIT_SECONDS = Tally(
    "kms_commit_duration_seconds", "From the beginning of a commit of traces to its end.", buckets=TIMES
)
COMMIT_FAILURES = Counter("kms_commit_failures_total", "Commits of traces that failed; their calls were refused.")
LOCK_SECONDS = Tally("kms_write_lock_wait_seconds", "What a writer of SQLite waited for the one before.", buckets=TIMES)
DATABASE_CONNECTIONS = _gauge("kms_database_connections", "Connections to the database that are open.")

# The trail
TRAIL_SEQUENCE = _gauge("kms_trail_sequence", "Last record of a worker's stream of traces.", mode="liveall")
HEAD_FAILURES = Counter(
    "kms_trail_head_failures_total", "Heads of the trail that could not be kept beside the database."
)

# What is kept in memory
CACHE_HITS = Counter("kms_cache_hits_total", "What was found in memory.", ["cache"])
CACHE_MISSES = Counter("kms_cache_misses_total", "What was not found in memory.", ["cache"])
CACHE_ENTRIES = _gauge("kms_cache_entries", "What is kept in memory, in pieces.", "cache")
CACHE_BYTES = _gauge("kms_cache_bytes", "What is kept in memory, by its size.", "cache")

# What falls due
CHORE_SUCCESS = _gauge(
    "kms_chore_last_success_timestamp_seconds", "When the slowest worker last did a chore.", "chore", mode="livemin"
)
CHORE_SECONDS = _gauge("kms_chore_last_duration_seconds", "What a chore took the last time.", "chore", mode="livemax")
CHORE_FAILURES = Counter("kms_chore_failures_total", "Chores that could not be done.", ["chore"])
KEYS_DESTROYED = Counter("kms_keys_destroyed_total", "Keys whose deletion fell due and was done.")
KEYS_ROTATED = Counter("kms_keys_rotated_total", "Key versions that were made because they were due.")
MATERIAL_EXPIRED = Counter("kms_material_expired_total", "Keys whose imported material expired and was destroyed.")
