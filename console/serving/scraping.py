"""`/metrics`: what all workers counted, in Prometheus' text format, for those addresses that may ask."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from console import VERSION
from console.access.addresses import is_within, source_address
from console.protection import root_key
from console.serving.counts import folder, forget_the_dead, living
from console.serving.exchange import PLAIN, Exchange
from console.serving.pages import Page
from keys.crypto.errors import CryptoError
from keys.errors import KmsError

ADDRESS: Final = "/metrics"


def is_asked(exchange: Exchange) -> bool:
    """Whether this is a scrape, by one of METRICS_FROM; to all others the address is as unknown as any.

    Not where a proxy that is none of TRUSTED_PROXIES passed the request on: on the same machine it would open to
    everybody what is meant for this machine alone."""
    if exchange.path != ADDRESS or exchange.method not in {"GET", "HEAD"}:
        return False
    forwarded = exchange.headers.get("x-forwarded-for", "")
    address = source_address(exchange.client, forwarded)
    return is_within(address, settings.METRICS_FROM) and not (forwarded and address == exchange.client)


def page() -> Page:
    """The answer to a scrape. In a thread: it reads the files of all workers."""
    forget_the_dead()
    registry = CollectorRegistry()
    registry.register(_Counted())
    registry.register(_Scraped())
    return 200, [("Content-Type", CONTENT_TYPE_PLAIN_0_0_4), *PLAIN[1:]], generate_latest(registry)


class _Counted:
    """What all workers counted, by the library's own reading of their files."""

    def collect(self) -> Iterable[Metric]:
        files = [str(one) for one in folder().glob("*.db") if _has_begun(one)]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _has_begun(file: Path) -> bool:
    """A worker's file is empty for a moment as the worker begins; another worker may just have removed one."""
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


class _Scraped:
    """What is looked up when it is asked for."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("kms_build", "The program.", {"version": VERSION})
        try:
            known = {"version": str(root_key().version), "fingerprint": root_key().fingerprint}
            yield InfoMetricFamily("kms_root_key", "The root key that this node works with.", known)
        except (CryptoError, KmsError, Error):
            pass  # as `/readyz` says
        data: Path = settings.DATA_DIR
        disk = os.statvfs(data)
        yield _gauge(
            "kms_data_free_bytes", "Free space of the disk that DATA_DIR is on.", disk.f_bavail * disk.f_frsize
        )
        yield _gauge("kms_data_size_bytes", "Size of the disk that DATA_DIR is on.", disk.f_blocks * disk.f_frsize)
        heads = sum(1 for _one in settings.TRAIL_DIR.glob("*.head"))
        yield _gauge("kms_trail_heads", "Heads of the trail that are kept beside the database.", heads)
        stamp: Path = settings.BACKUP_STAMP
        backup = stamp.stat().st_mtime if stamp.exists() else 0
        yield _gauge(
            "kms_last_backup_timestamp_seconds", "When the last backup was made; 0 where none is known.", backup
        )
        workers = living()
        yield _gauge("kms_workers", "Processes that serve.", len(workers))
        yield from _processes(workers)


def _processes(pids: Iterable[int]) -> Iterable[Metric]:
    """What the system says of these processes, by the library's own collector; but for their open files, which each
    tells itself: no other process may look (`keep_out_of_dumps`)."""
    found: dict[str, Metric] = {}
    for pid in pids:
        for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
            if metric.name.endswith("_fds"):
                continue
            family = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
            for sample in metric.samples:
                family.add_sample(sample.name, {"pid": str(pid)}, sample.value)
    return found.values()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
