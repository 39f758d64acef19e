"""The primary of two PostgreSQL nodes is killed under load, and changed as planned: `make bench-failover` writes the
table of docs/high-availability.md.

Patroni and etcd run from the files of docs/deploy with the times that are shipped. A KMS server of two workers knows
both nodes; 8 clients create keys, tag and grant them and encrypt. ROUNDS times (3 by default) all processes of the
primary's machine are killed at once; it comes back, and once it is the synchronous standby it is made the primary again
by `patronictl switchover`. Whatever was answered with success must be on the new primary: each trace, key, tag and
grant, and the trail intact. A machine that is cut off instead of killed is noticed later: its connections end by the
time-outs of DATABASE_URL.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.figures import put  # noqa: E402
from tests.support.mixed_load import Load, errors, longest, lost, seconds_away  # noqa: E402
from tests.support.patroni import Cluster, patroni_cluster  # noqa: E402
from tests.support.servers import Server, running  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "3"))
AFTERWARDS = 200
"""Calls that succeed before the load ends."""


class Outage(NamedTuple):
    """What clients saw of one change of the primary, and what is missing of what they were answered."""

    calls: int
    errors: Counter[int]
    seconds_away: float
    longest: float
    lost: dict[str, int]
    verdict: str


def main() -> None:
    killed, switched = [], []
    with (
        tempfile.TemporaryDirectory(prefix="kms-failover-") as folder,
        patroni_cluster({}) as cluster,
        running(Path(folder) / "data", DATABASE_URL=cluster.url, WORKERS="2") as server,
    ):
        for _ in range(ROUNDS):
            killed.append(fail_over(cluster, server))
            print("killed", killed[-1], flush=True)
            switched.append(switch_over(cluster, server))
            print("switched", switched[-1], flush=True)
    lines = table_of({"killed with its machine": killed, "planned switchover": switched})
    print("\n".join(lines))
    put("failover", lines, "high-availability.md")
    if any(any(one.lost.values()) for one in [*killed, *switched]):
        sys.exit("What was answered is not all there.")


def fail_over(cluster: Cluster, server: Server) -> Outage:
    """Kill the primary's machine under load; in the end it is back, and the synchronous standby."""
    dead = cluster.primary
    outage = _outage(cluster, server, lambda: cluster.kill(dead))
    cluster.start_node(dead)
    cluster.wait_until_whole()
    return outage


def switch_over(cluster: Cluster, server: Server) -> Outage:
    """Have the synchronous standby take the primary's place under load; in the end each is what the other was."""
    old, new = cluster.primary, cluster.standby

    def switch() -> float:
        began = time.monotonic()
        cluster.control("switchover", "kms", "--leader", old.name, "--candidate", new.name, "--force")
        return began

    outage = _outage(cluster, server, switch)
    cluster.wait_until_whole()
    return outage


def _outage(cluster: Cluster, server: Server, change: Callable[[], float]) -> Outage:
    account = server.create_account(f"load-{time.monotonic_ns()}", quota=1_000_000)
    before = cluster.primary
    with Load(server, account) as load:
        load.wait_for_successes(AFTERWARDS, since=change())
        cluster.wait_for_primary(other_than=before)
        load.wait_for_successes(AFTERWARDS, since=time.monotonic())
    return Outage(
        len(load.answers),
        errors(load.answers),
        seconds_away(load.answers),
        longest(load.answers),
        lost(server, load.answers),
        server.quickly(command=["verifytraces"]),
    )


def table_of(outages: dict[str, list[Outage]]) -> list[str]:
    lines = [
        "| primary | times | calls | answered 503 | without an answer | seconds without a success: median, most | the"
        " slowest call, seconds | traces, keys, tags, grants lost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for what, rounds in outages.items():
        refused, broken = (sum(one.errors[status] for one in rounds) for status in (503, 0))
        away = [one.seconds_away for one in rounds]
        missing = ", ".join(str(sum(one.lost[kind] for one in rounds)) for kind in ("trace", "key", "tag", "grant"))
        lines.append(
            f"| {what} | {len(rounds)} | {sum(one.calls for one in rounds):,} | {refused:,} | {broken} |"
            f" {statistics.median(away):.1f}, {max(away):.1f} | {max(one.longest for one in rounds):.1f} | {missing} |"
        )
    return lines


if __name__ == "__main__":
    main()
