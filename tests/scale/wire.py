"""The API's speed, as the README gives it: `make bench-api` prints one Markdown table.

Our server and OpenBao (raft storage, file audit) run side by side, each on core 0, the load generator on core 1 with 8
connections; rounds alternate, and the ratio is taken within each round, so that it travels between machines. Needs
`wrk`, `taskset` and two cores; OpenBao is the program named by BAO, or `bao` of the PATH.
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

from tests.scale.peers import Call, OpenBao, Ours, Peer  # noqa: E402

WORK = (
    "encrypt 64 B",
    "decrypt",
    "data key",
    "sign RSA_2048",
    "sign EC_P256",
    "describe",
    "list 100 keys",
    "create a key",
)
CLIENTS, SECONDS, ROUNDS = 8, int(os.environ.get("SECONDS_EACH", "4")), 3
CREATIONS_A_SECOND = 2_000


class Measured(NamedTuple):
    """One round: requests a second, and milliseconds of which half, and 99 of 100, stayed below."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("The load generator wrk and taskset (util-linux) are needed: install them.")
    with tempfile.TemporaryDirectory(prefix="kms-bench-") as folder:
        peers: list[Peer] = [Ours(Path(folder) / "ours")]
        if OpenBao.binary:
            peers.append(OpenBao(Path(folder) / "openbao"))
        begun: list[Peer] = []
        try:
            for peer in peers:
                peer.begin()  # type: ignore[attr-defined]
                begun.append(peer)
            table(peers, Path(folder))
        finally:
            for peer in begun:
                peer.stop()


def table(peers: list[Peer], folder: Path) -> None:
    names = "".join(f" {peer.name}: requests/s | p50 / p99 ms |" for peer in peers)
    print(f"| work |{names}{' ratio |' if len(peers) > 1 else ''}")
    print(f"|---|{'---|---|' * len(peers)}{'---|' if len(peers) > 1 else ''}")
    for work in WORK:
        for peer in peers:
            measure(peer, work, 1, folder)
        rounds = [[measure(peer, work, SECONDS, folder) for peer in peers] for _ in range(ROUNDS)]
        cells = ""
        for one in zip(*rounds, strict=True):
            rate, p50, p99 = (statistics.median(values) for values in zip(*one, strict=True))
            cells += f" {rate:.0f} | {p50:.1f} / {p99:.1f} |"
        ratio = statistics.median(one[0].rate / one[-1].rate for one in rounds)
        print(f"| {work} |{cells}{f' {ratio:.2f} |' if len(peers) > 1 else ''}", flush=True)


def measure(peer: Peer, work: str, seconds: int, folder: Path) -> Measured:
    """Load a peer for some seconds. RuntimeError where one answer was no success."""
    file = folder / "requests.lua"
    file.write_text("return {" + ",".join(map(in_lua, peer.calls(work, seconds * CREATIONS_A_SECOND))) + "}")
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-s", "tests/scale/replay.lua"]
    command += [f"http://127.0.0.1:{peer.port}", "--", str(file)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    requests, micros, p50, p99, failed = map(int, said.split("measured ")[1].split())
    if failed:
        raise RuntimeError(f"{peer.name}, {work}: {failed} of {requests} requests failed.")
    return Measured(requests / micros * 1e6, p50 / 1e3, p99 / 1e3)


def in_lua(call: Call) -> str:
    headers = ",".join(f"[{json.dumps(name.title())}]={json.dumps(value)}" for name, value in call.headers.items())
    body = f"body=[==[{call.body}]==]," if call.body else ""
    return f"{{method={json.dumps(call.method)},path={json.dumps(call.path)},{body}headers={{{headers}}}}}"


if __name__ == "__main__":
    main()
