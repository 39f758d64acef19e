"""`/metrics`: what it tells of a server, to whom, and what it never tells."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from console import VERSION, protection
from console.access.caller import Caller
from console.api.routes import registered
from console.models import Protection
from console.serving import chores
from console.serving.counts import prepare_folder
from console.serving.scraping import page
from tests.support.scraping import Scrape, ask, scrape_once
from tests.support.servers import Server
from tests.watching.conftest import PROXY, RANDOMS, WATCHER, Life

# It makes things go wrong in SQLite's file; the counting and the lines are the same on PostgreSQL.
pytestmark = [pytest.mark.xdist_group("watching"), pytest.mark.sqlite]

UNITS = ("_seconds", "_bytes", "_total", "_info")
# What has no unit, for it is counted in pieces.
PIECES = (
    *("kms_connections", "kms_waiting", "kms_threads", "kms_threads_busy", "kms_commit_calls"),
    *("kms_database_connections", "kms_trail_sequence", "kms_trail_heads", "kms_cache_entries", "kms_workers"),
    *("process_open_fds", "process_max_fds"),
)
STRANGERS = {"PasswordRejected", "SignatureExpired", "SignatureRejected", "TokenRejected", "TooManyFailures"}


@pytest.fixture(scope="module")
def found(life: Life) -> Scrape:
    return life.scrape()


# What it tells


def test_all_workers_answer_as_one(life: Life) -> None:
    for _ in range(6):  # on connections of their own: either worker gets some
        found = life.scrape()

        assert found.value("kms_calls_total", operation="genRandom", status="2xx") == RANDOMS
        assert found.value("kms_call_duration_seconds_count", operation="createKey") == 1
        assert found.value("kms_workers") == 2
        assert found.value("kms_threads", pool="answering") == 2 * 32


def test_calls_are_counted_by_operation_status_and_code(found: Scrape) -> None:
    def calls(operation: str, status: str, code: str) -> float:
        return found.value("kms_calls_total", operation=operation, status=status, code=code)

    assert calls("createKey", "2xx", "") == 1
    assert calls("encryptData", "2xx", "") == 3
    assert calls("describeKey", "4xx", "KMS.0207") == 1
    assert calls("genRandom", "4xx", "APIGW.0301") == 2
    assert calls("unknown", "4xx", "APIG.0101") == 1


def test_durations_are_counted_for_every_call_and_page(found: Scrape) -> None:
    for what, label in (("call", "operation"), ("page", "view")):
        for name in {one.labels[label] for one in found.samples if one.name == f"kms_{what}s_total"}:
            counted = found.value(f"kms_{what}s_total", **{label: name})
            assert found.value(f"kms_{what}_duration_seconds_count", **{label: name}) == counted
            assert found.value(f"kms_{what}_duration_seconds_bucket", **{label: name, "le": "+Inf"}) == counted
    randoms = found.value("kms_call_duration_seconds_sum", operation="genRandom") / RANDOMS
    assert 0.0001 < randoms < 1


def test_buckets_reach_from_a_quarter_of_a_millisecond_to_ten_seconds(found: Scrape) -> None:
    bounds = {float(one.labels["le"]) for one in found.samples if one.name == "kms_call_duration_seconds_bucket"}

    assert (min(bounds), max(bounds - {float("inf")})) == (0.00025, 10)


def test_pages_are_counted_by_view(found: Scrape) -> None:
    assert found.value("kms_pages_total", view="keys:list", status="2xx") == 2
    assert found.value("kms_pages_total", view="unknown", status="4xx") == 1
    assert found.value("kms_pages_total", view="static", status="4xx") == 1
    assert found.value("kms_pages_total", view="readyz") >= 1


def test_strangers_and_sign_ins_are_counted(found: Scrape) -> None:
    assert found.value("kms_strangers_refused_total", reason="SignatureRejected") == 1
    assert found.value("kms_strangers_refused_total", reason="TokenRejected") == 1
    assert found.value("kms_sign_ins_total", result="accepted") == 1
    assert found.value("kms_sign_ins_total", result="refused") == 1


def test_commits_say_how_many_calls_they_were_for(found: Scrape) -> None:
    traced = RANDOMS + 3 + 1 + 1 + 1  # random, encrypted, listed, refused, signed in
    assert found.value("kms_commit_calls_sum") == traced
    assert found.value("kms_commit_duration_seconds_count") == found.value("kms_commit_calls_count")
    assert found.value("kms_write_lock_wait_seconds_count") > found.value("kms_commit_calls_count")
    assert found.value("kms_commit_failures_total") == 0


def test_the_trail_is_told_by_worker(found: Scrape) -> None:
    told = [one for one in found.samples if one.name == "kms_trail_sequence"]

    assert len({one.labels["pid"] for one in told}) == 2
    assert found.value("kms_trail_sequence") > RANDOMS
    assert found.value("kms_trail_heads") >= 1


def test_caches_say_what_they_found(found: Scrape) -> None:
    assert found.value("kms_cache_hits_total", cache="material") >= 1
    assert found.value("kms_cache_misses_total", cache="material") >= 1
    assert found.value("kms_cache_bytes", cache="material") > 0
    assert found.value("kms_cache_hits_total", cache="secrets") > 0
    assert found.value("kms_cache_entries", cache="secrets") >= 1
    assert found.value("kms_cache_hits_total", cache="parts") > 0
    assert found.value("kms_cache_hits_total", cache="recall") > 0


def test_every_chore_says_when_it_was_done(found: Scrape) -> None:
    done = {one.labels["chore"] for one in found.samples if one.name == "kms_chore_last_success_timestamp_seconds"}

    assert done == {chores.name_of(work) for work in chores.registered()}
    assert found.value("kms_chore_failures_total") == 0


def test_the_node_says_its_version_and_its_root_key(life: Life, found: Scrape) -> None:
    with closing(sqlite3.connect(life.server.data_dir / "kms.sqlite3")) as database:
        query = "SELECT root_key_version, root_key_fingerprint FROM console_protection"
        ((version, fingerprint),) = database.execute(query).fetchall()

    assert found.value("kms_build_info", version=VERSION) == 1
    assert found.value("kms_root_key_info", version=str(version), fingerprint=fingerprint) == 1


def test_a_root_key_that_is_not_the_databases_is_left_out_and_the_rest_told(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    prepare_folder()
    assert b"kms_root_key_info" in page()[2]
    Protection.objects.update(root_key_fingerprint="0" * 16)
    protection.forget()
    told = page()[2]
    assert b"kms_build_info" in told
    assert b"kms_root_key_info" not in told


def test_the_last_backup_is_known(life: Life, found: Scrape, tmp_path: Path) -> None:
    begun = time.time()

    life.server.manage("backup", str(tmp_path / "one.kmsbackup"))

    assert found.value("kms_last_backup_timestamp_seconds") == 0
    assert begun - 1 < life.scrape().value("kms_last_backup_timestamp_seconds") < time.time() + 1


def test_processes_tell_memory_processor_and_files(found: Scrape) -> None:
    memory = [one for one in found.samples if one.name == "process_resident_memory_bytes"]

    assert len({one.labels["pid"] for one in memory}) == 2
    assert all(30e6 < one.value < 500e6 for one in memory)
    assert found.value("process_cpu_seconds_total") > 0
    assert found.value("process_open_fds") > 10
    assert found.value("kms_data_free_bytes") < found.value("kms_data_size_bytes")
    assert found.value("kms_database_connections") >= 2
    assert found.value("kms_connections") >= 0


def test_this_machine_may_ask_by_default(server: Server) -> None:
    httpx.post(f"{server.url}/v1.0/{'0' * 32}/kms/gen-random")

    found = scrape_once(server, lambda found: found.value("kms_calls_total", code="APIGW.0301") >= 1)
    assert found.value("kms_database_connections") >= 1
    assert found.value("kms_strangers_refused_total", reason="TokenRejected") >= 1


# How it is named


def test_names_follow_the_rules(found: Scrape) -> None:
    for name, family in found.families.items():
        assert re.fullmatch(r"(kms|process)(_[a-z]+)+", name), name
        assert family.documentation.endswith("."), name
        assert name.endswith(UNITS) or name in PIECES, name
        assert name.endswith("_total") == (family.type == "counter"), name


def test_labels_come_from_the_code_alone(life: Life, found: Scrape) -> None:
    pids = {str(pid) for pid in workers(life.server)}
    known = {
        "operation": {one.trace for one in registered()} | {"unknown"},
        "status": {"2xx", "3xx", "4xx", "5xx"},
        "view": {*views(get_resolver())} | {"healthz", "readyz", "metrics", "static", "unknown"},
        "reason": STRANGERS,
        "result": {"accepted", "refused"},
        "limit": {"failed_sign_ins", "failed_proofs", "calls"},
        "queue": {"calls", "changes", "commit", "answering", "computing", "changing", "reading"},
        "pool": {"answering", "computing", "changing", "reading"},
        "cache": {"material", "secrets", "parts", "recall"},
        "chore": {chores.name_of(work) for work in chores.registered()},
        "pid": pids,
    }
    for sample in found.samples:
        if sample.name in {"kms_build_info", "kms_root_key_info"}:
            continue
        for name, value in sample.labels.items():
            if name == "code":
                assert re.fullmatch(r"|(KMS|APIGW?)\.[0-9]{4}", value), sample
            elif name != "le":
                assert value in known[name], sample


def test_nothing_of_accounts_users_keys_addresses_or_requests_is_told(life: Life, found: Scrape) -> None:
    account = life.account
    told = [account["account"]["id"], account["account"]["name"], account["user"]["id"], account["user"]["password"]]
    told += [value for one in account["projects"] for value in (one["id"], one["name"], one["region"])]
    told += [*account["access_key"].values(), *life.keys, "of-tests", "PATCH", WATCHER, "127.0.0.1", "admin/"]

    assert [text for text in told if text in found.text] == []


# To whom


def test_others_are_told_nothing_of_it(life: Life) -> None:
    unknown = httpx.get(f"{life.server.url}/nothing")

    refused = ask(life.server, "127.0.0.1")

    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert "kms_" not in refused.text.replace("kms/", "")
    assert refused.headers["content-type"] == unknown.headers["content-type"]


def test_the_address_behind_a_trusted_proxy_counts(life: Life) -> None:
    assert ask(life.server, PROXY).status_code == 404
    assert ask(life.server, PROXY, X_Forwarded_For="203.0.113.9").status_code == 404
    assert ask(life.server, PROXY, X_Forwarded_For=WATCHER).status_code == 200


def test_what_another_proxy_passes_on_is_not_taken_for_the_proxys_own(life: Life) -> None:
    assert ask(life.server, WATCHER, X_Forwarded_For="203.0.113.9").status_code == 404


def test_nothing_but_reading_is_possible(life: Life) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=WATCHER), base_url=life.server.url) as client:
        assert client.head("/metrics").status_code == 200
        assert client.post("/metrics").status_code in {403, 404}


# When workers come and go


def test_the_files_are_closed_to_others(life: Life) -> None:
    folder = life.server.data_dir / "metrics"

    assert folder.stat().st_mode & 0o077 == 0
    assert [one for one in folder.iterdir() if one.stat().st_mode & 0o077] == []


def test_a_worker_that_was_replaced_counts_on_and_tells_no_more(life: Life) -> None:
    before, old = life.scrape(), workers(life.server)

    os.kill(old[0], signal.SIGKILL)

    def is_replaced(found: Scrape) -> bool:
        pids = {one.labels["pid"] for one in found.samples if one.name == "kms_trail_sequence"}
        return len(pids) == 2 and str(old[0]) not in pids and found.value("kms_threads", pool="answering") == 2 * 32

    found = scrape_once(life.server, is_replaced, WATCHER)
    randoms = {"operation": "genRandom", "status": "2xx"}
    assert found.value("kms_calls_total", **randoms) == before.value("kms_calls_total", **randoms)
    assert found.value("kms_workers") == 2


def test_a_worker_that_begins_is_not_waited_for(life: Life) -> None:
    """Its files are empty for a moment."""
    begun = life.server.data_dir / "metrics" / "counter_9999999.db"
    begun.touch()

    found = life.scrape()
    begun.unlink()

    assert found.value("kms_workers") == 2


def workers(server: Server) -> list[int]:
    """The processes that serve: those of the main process that have a folder's file."""
    files = (server.data_dir / "metrics").glob("gauge_livesum_*.db")
    pids = (int(one.stem.rpartition("_")[2]) for one in files)
    return sorted(pid for pid in pids if os.path.exists(f"/proc/{pid}"))


def views(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """The names of all views."""
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{before}{one.name or one.lookup_str}"
        else:
            yield from views(one, f"{before}{one.namespace}:" if one.namespace else before)
