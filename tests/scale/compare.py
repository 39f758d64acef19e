"""This server side by side with its peers: `make bench` writes the table of docs/performance.md, and its picture.

Our server, OpenBao (raft storage, file audit) and moto's server run at once, each on core 0, the load generator on
core 1; rounds alternate, and ratios are taken within each round, so that they travel between machines. Needs `wrk`,
`taskset` and two cores; OpenBao is the program named by BAO, or `bao` of the PATH, moto's the one named by MOTO, or
`moto_server`. A peer that is not there is left out.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale import bare, chart, durable  # noqa: E402
from tests.scale.figures import put  # noqa: E402
from tests.scale.moto import Moto  # noqa: E402
from tests.scale.openbao import OpenBao  # noqa: E402
from tests.scale.ours import PAGES, Ours  # noqa: E402
from tests.scale.peers import WORK, Call, Peer  # noqa: E402

CLIENTS = (8, 64)
SECONDS, ROUNDS = int(os.environ.get("SECONDS_EACH", "3")), int(os.environ.get("ROUNDS", "3"))
CREATIONS_A_SECOND, LONGER_FOR_PAGES = 2_000, 4
PICTURE = ROOT / "docs" / "performance.png"


class Measured(NamedTuple):
    """One round: requests a second; milliseconds of which half, and 99 of 100, stayed below; and the time on a core
    that one request takes, in milliseconds."""

    rate: float
    p50: float
    p99: float
    cpu: float


Rounds = list[list[Measured | None]]
"""In each round what each peer reached; None where it has no such work."""


def main() -> None:
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("The load generator wrk and taskset (util-linux) are needed: install them.")
    with tempfile.TemporaryDirectory(prefix="kms-bench-") as folder:
        kinds: list[type[Ours | OpenBao | Moto]] = [Ours, *(one for one in (OpenBao, Moto) if one.binary)]
        peers: list[Peer] = [kind(Path(folder) / kind.name) for kind in kinds]
        begun: list[Peer] = []
        try:
            for peer in peers:
                begun.append(peer)
                peer.begin()
            compare(peers, Path(folder))
        finally:
            for peer in begun:
                peer.stop()


def compare(peers: list[Peer], folder: Path) -> None:
    """Measure all, print and write the table, draw the picture."""
    limits = bare.rates()
    names = [peer.name for peer in peers]
    beside = "".join(f" {name}: requests/s | p50 / p99 ms | ratio |" for name in names[1:])
    lines = [
        f"| work | clients | ours: requests/s | p50 / p99 ms | CPU ms a request | of the bare library |{beside}",
        f"|---|---|---|---|---|---|{'---|---|---|' * len(names[1:])}",
    ]
    print("\n".join(lines), flush=True)
    drawn = []
    for work in WORK:
        for clients in CLIENTS:
            rounds = measure_in_turn(peers, work, clients, folder)
            lines.append(f"| {work} | {clients} |{cells_of(rounds, limits.get(work))}")
            print(lines[-1], flush=True)
            if clients == CLIENTS[0]:
                drawn.append(
                    (work, [median(one).rate if (one := of_peer(rounds, n)) else 0 for n in range(len(names))])
                )
    put("table", lines)
    put("commit", durable.lines())
    chart.draw(PICTURE, "Requests a second", f"{CLIENTS[0]} clients, each server on one core.", names, drawn)


def measure_in_turn(peers: list[Peer], work: str, clients: int, folder: Path) -> Rounds:
    seconds = SECONDS * LONGER_FOR_PAGES if work in PAGES else SECONDS
    for peer in peers:
        measure(peer, work, clients, 1, folder)
    return [[measure(peer, work, clients, seconds, folder) for peer in peers] for _ in range(ROUNDS)]


def cells_of(rounds: Rounds, limit: float | None) -> str:
    """The cells of a line after its first two."""
    ours = of_peer(rounds, 0)
    mine = median(ours)
    cells = f" {mine.rate:.0f} | {mine.p50:.1f} / {mine.p99:.1f} | {mine.cpu:.2f} |"
    cells += f" {mine.rate / limit:.1%} |" if limit else " – |"
    for number in range(1, len(rounds[0])):
        theirs = of_peer(rounds, number)
        if not theirs:
            cells += " – | – | – |"
            continue
        ratios = [one.rate / other.rate for one, other in zip(ours, theirs, strict=True) if other.rate]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "–"
        other = median(theirs)
        cells += f" {other.rate:.0f} | {other.p50:.1f} / {other.p99:.1f} | {ratio} |"
    return cells


def of_peer(rounds: Rounds, number: int) -> list[Measured]:
    return [found for one in rounds if (found := one[number])]


def rate_of(rounds: Rounds, number: int) -> float:
    found = of_peer(rounds, number)
    return median(found).rate if found else 0.0


def median(rounds: list[Measured]) -> Measured:
    return Measured(*(statistics.median(values) for values in zip(*rounds, strict=True)))


def measure(peer: Peer, work: str, clients: int, seconds: int, folder: Path) -> Measured | None:
    """Load a peer for some seconds; None where it has no such work. RuntimeError where one answer was no success."""
    calls = peer.calls(work, seconds * CREATIONS_A_SECOND)
    if not calls:
        return None
    file = folder / "requests.lua"
    file.write_text("return {" + ",".join(map(in_lua, calls)) + "}")
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", "tests/scale/replay.lua"]
    command += ["--timeout", "20s", f"http://127.0.0.1:{peer.port}", "--", str(file)]
    before = peer.cpu_seconds()
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    cpu = peer.cpu_seconds() - before
    requests, micros, p50, p99, failed = map(int, said.split("measured ")[1].split())
    if failed:
        raise RuntimeError(f"{peer.name}, {work}: {failed} of {requests} requests failed.")
    return Measured(requests / micros * 1e6, p50 / 1e3, p99 / 1e3, cpu / max(1, requests) * 1e3)


def in_lua(call: Call) -> str:
    headers = ",".join(f"[{json.dumps(name.title())}]={json.dumps(value)}" for name, value in call.headers.items())
    body = f"body=[==[{call.body}]==]," if call.body else ""
    return f"{{method={json.dumps(call.method)},path={json.dumps(call.path)},{body}headers={{{headers}}}}}"


if __name__ == "__main__":
    main()
