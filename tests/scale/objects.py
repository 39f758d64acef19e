"""Objects with and without a key from here, put and got by boto3 through Ceph's gateway: `make bench-objects` writes
the table of docs/integrations/object-storage.md.

The store keeps all in memory, so what a key costs shows as it does nowhere else; the gateway asks this server behind
nginx, by TLS. Rounds with and without a key alternate; a figure is the median of all requests.
"""

import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.engines.ceph import object_store  # noqa: E402
from tests.engines.client import Client  # noqa: E402
from tests.engines.kms import behind_nginx  # noqa: E402
from tests.engines.project import Project  # noqa: E402
from tests.scale.figures import put  # noqa: E402
from tests.support.servers import running  # noqa: E402

SIZES = {"4 KB": (4 << 10, 100), "1 MB": (1 << 20, 40), "16 MB": (16 << 20, 8)}
ROUNDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kms-objects-") as name:
        folder = Path(name)
        with (
            running(folder / "data") as server,
            behind_nginx(server, folder / "nginx") as kms,
            object_store(folder / "ceph", kms) as store,
        ):
            project = Project(server, kms)
            key = project.new_key()
            store.show_token(project.service_user(key).token)
            client = Client("s3", store.client_settings)
            client.make_bucket(bucket="bucket")
            lines = ["| object | | without | with a key |", "|---|---|---|---|"]
            for size, (length, number) in SIZES.items():
                for act, without, within in measured(client, key, length, number):
                    lines.append(f"| {size} | {act} | {without:.1f} ms | {within:.1f} ms |")
            client.close()
    print("\n".join(lines))
    put("objects", lines, "integrations/object-storage.md")


def measured(client: Client, key: str, length: int, number: int) -> list[tuple[str, float, float]]:
    """By act the milliseconds of a request without a key, and with it."""
    seen: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for with_key in ("", key):
            timed = client.milliseconds(bucket="bucket", length=length, number=number, key=with_key)
            for act, times in timed.items():
                seen.setdefault((act, with_key), []).extend(times)
    medians = {what: statistics.median(times) for what, times in seen.items()}
    return [(act, medians[act, ""], medians[act, key]) for act in ("put", "get")]


if __name__ == "__main__":
    main()
