"""This server with few keys and with many: `make bench-growth` writes a table of docs/performance.md.

Four servers run at once on core 0, the load generator on core 1, asked in turn as in the comparison: with 100 keys,
with 1,000, with a tenth of GROWTH_KEYS and with all of them, a million by default; each has ten times as many traces,
as GROWTH_TRACES says. A ratio is the median of those within the rounds, of the time (wall clock, or a core's) that one
request takes with most keys to that with 100. It is to stay under 1.1.

What is compared must differ in the size alone, so all are filled in the same way (`bulk.py`), and what works with
a key takes as many of them in turn everywhere: 100, which with many keys lie evenly over all that the project has. Two
more lines say what a wider spread costs besides: 2,000 keys in turn, where there are so many. Signatures and MACs are
made with one key each, as in the comparison. The project that is asked has all of the 100 keys, and a tenth of the
many, so that its lists grow with them; the others lie in 999 accounts.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.bulk import fill_database, spread  # noqa: E402
from tests.scale.compare import measure_in_turn, median, of_peer  # noqa: E402
from tests.scale.figures import put  # noqa: E402
from tests.scale.ours import Ours  # noqa: E402
from tests.scale.peers import KEYS, PLAINTEXT, WORK, Call, Peer  # noqa: E402

MOST_KEYS = int(os.environ.get("GROWTH_KEYS", "1000000"))
MOST_TRACES = int(os.environ.get("GROWTH_TRACES", "10000000"))
CLIENTS, OTHERS = 8, 999
NARROW, WIDE = 100, 2_000
BY_KEY = ("encrypt 64 B", "decrypt", "data key", "describe")
WIDER = {f"{work}, {WIDE:,} keys in turn": work for work in ("encrypt 64 B", "describe")}


class Grown(Ours):
    """This server with a number of keys and of traces."""

    def __init__(self, folder: Path, keys: int, traces: int) -> None:
        super().__init__(folder)
        self.name = f"{keys:,} keys"
        self.keys, self.traces = keys, traces

    def begin(self) -> None:
        super().begin()
        self.in_turn = [
            (key, self.post("encrypt-data", key_id=key, plain_text=PLAINTEXT)["cipher_text"])
            for key in spread(self.folder / "data", self.account["projects"][0]["id"], WIDE)
        ]

    def fill(self) -> None:
        self.stop()
        began = time.monotonic()
        if self.keys > KEYS:
            self.manage("shell", "-c", f"from tests.scale.filling import fill; fill(accounts={OTHERS}, keys_each=0)")
        project = self.account["projects"][0]["id"]
        fill_database(self.folder / "data", project, keys=self.keys - 4, traces=self.traces)
        size = (self.folder / "data" / "kms.sqlite3").stat().st_size
        print(f"{self.name}: filled in {time.monotonic() - began:.0f} s, {size / 1e9:.2f} GB", flush=True)
        self.serve()

    def calls(self, work: str, number: int) -> list[Call]:
        asked = WIDER.get(work, work)
        if asked not in BY_KEY:
            return super().calls(asked, number)
        step = 1 if work in WIDER else max(1, len(self.in_turn) // NARROW)
        made = []
        for key, sealed in self.in_turn[::step]:
            self.symmetric, self.sealed = key, sealed
            made += super().calls(asked, number)
        return made


def main() -> None:
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("The load generator wrk and taskset (util-linux) are needed: install them.")
    sizes = tuple((keys, keys * MOST_TRACES // MOST_KEYS) for keys in (KEYS, KEYS * 10, MOST_KEYS // 10, MOST_KEYS))
    with tempfile.TemporaryDirectory(prefix="kms-growth-") as folder:
        peers: list[Peer] = []
        try:
            for keys, traces in sizes:
                peers.append(Grown(Path(folder) / f"{keys}", keys, traces))
                peers[-1].begin()
            put("growth", table_of(peers, Path(folder)))
        finally:
            for peer in peers:
                peer.stop()


def table_of(peers: list[Peer], folder: Path) -> list[str]:
    """Measure all, and print each line as it is known."""
    lines = [
        f"| work |{''.join(f' {peer.name}: requests/s | CPU ms |' for peer in peers)} time a request | CPU a request |",
        f"|---|{'---|---|' * len(peers)}---|---|",
    ]
    print("\n".join(lines), flush=True)
    for work in (*WORK[:-1], *WIDER, WORK[-1]):  # the last one makes keys
        rounds = measure_in_turn(peers, work, CLIENTS, folder)
        cells = ""
        for number in range(len(peers)):
            one = median(of_peer(rounds, number))
            cells += f" {one.rate:.0f} | {one.cpu:.2f} |"
        pairs = list(zip(of_peer(rounds, 0), of_peer(rounds, len(peers) - 1), strict=True))
        slower = statistics.median(few.rate / many.rate for few, many in pairs)
        dearer = statistics.median(many.cpu / few.cpu for few, many in pairs)
        lines.append(f"| {work} |{cells} {slower:.2f}x | {dearer:.2f}x |")
        print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    main()
