"""How many processes and threads serve best: `make bench-workers` puts a table into docs/performance.md.

The server has both cores, of which it shares one with the load generator (64 clients). On SQLite, and on PostgreSQL
where the tests' server of it is there, which shares the cores too.
"""

import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.compare import measure_in_turn, median, of_peer  # noqa: E402
from tests.scale.figures import put  # noqa: E402
from tests.scale.ours import Ours  # noqa: E402
from tests.support import tools  # noqa: E402

WORKED_AT = ("encrypt 64 B", "sign RSA_2048", "create a key", "key list page, 20 keys")
SQLITE, POSTGRESQL = ((1, 32), (1, 4), (2, 32)), ((1, 4), (1, 32), (2, 4), (2, 32), (4, 8))
CLIENTS = 64


class Served(Ours):
    """This server with so many processes and threads, on the database that `url` names (empty: SQLite)."""

    def __init__(self, folder: Path, workers: int, threads: int, url: str = "") -> None:
        super().__init__(folder)
        self.cores = "0,1"
        self.name = f"{'PostgreSQL' if url else 'SQLite'} | {workers} | {threads}"
        self.shape = {"WORKERS": str(workers), "THREADS": str(threads), "DATABASE_URL": url}

    def settings(self) -> dict[str, str]:
        return self.shape


def main() -> None:
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("The load generator wrk and taskset (util-linux) are needed: install them.")
    lines = [
        f"| database | processes | threads | {' | '.join(f'{work}, requests/s' for work in WORKED_AT)} |",
        f"|---|---|---|{'---|' * len(WORKED_AT)}",
    ]
    print("\n".join(lines), flush=True)
    lines += [line_of(shape) for shape in SQLITE]
    if tools.has_postgresql():
        for shape in POSTGRESQL:
            with tools.fresh_database() as url:
                lines.append(line_of(shape, url))
    put("workers", lines)


def line_of(shape: tuple[int, int], url: str = "") -> str:
    with tempfile.TemporaryDirectory(prefix="kms-workers-") as folder, ExitStack() as stack:
        server = Served(Path(folder) / "ours", *shape, url)
        stack.callback(server.stop)
        server.begin()
        rates = [
            f"{median(of_peer(measure_in_turn([server], work, CLIENTS, Path(folder)), 0)).rate:.0f}"
            for work in WORKED_AT
        ]
    line = f"| {server.name} | {' | '.join(rates)} |"
    print(line, flush=True)
    return line


if __name__ == "__main__":
    main()
