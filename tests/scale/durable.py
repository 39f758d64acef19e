"""What the group commit of traces costs by itself: `make bench` puts it into docs/performance.md.

Traces of calls that change nothing are gathered as the server gathers them, and committed in batches of 1, 8, 64 and
256 by the scribe's own function, each with its MAC, the call's counter and the head's file; on SQLite (synchronous
FULL), on one core, with nothing else at work.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BATCHES, ROUNDS = (1, 8, 64, 256), 200


def lines() -> list[str]:
    """The table."""
    command = ["taskset", "-c", "0", sys.executable, "-m", "tests.scale.durable"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rows = json.loads(said.splitlines()[-1])
    return ["| calls in a commit | ms a commit | µs a call | of that on the core |", "|---|---|---|---|"] + [
        f"| {batch} | {whole * 1e3:.2f} | {whole / batch * 1e6:.0f} | {cpu / batch * 1e6:.0f} |"
        for batch, whole, cpu in rows
    ]


def measured() -> list[tuple[int, float, float]]:
    """For each size of batch the median seconds of a commit, and those on the core."""
    from console.access import scribe
    from console.access.caller import Caller
    from console.operations.accounts import create_account
    from keys import operations

    account = create_account(None, name="bench", is_enterprise=False)
    caller = Caller.of_user(account.user, account.projects[0], source_ip="192.0.2.1", request_id="0" * 32, by_api=True)

    def commit(batch: int) -> tuple[float, float]:
        gathered = [scribe.gathered(lambda: operations.gen_random(caller, 8))[1] for _ in range(batch)]
        waiting = [one for records in gathered for one in records]
        begun, on_core = time.perf_counter(), time.process_time()
        error = scribe._commit(waiting)
        if error is not None:
            raise error
        return time.perf_counter() - begun, time.process_time() - on_core

    found = []
    for batch in BATCHES:
        times = [commit(batch) for _ in range(ROUNDS)]
        found.append((batch, statistics.median(one for one, _ in times), statistics.mean(cpu for _, cpu in times)))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kms-bench-") as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "console.settings", "LOG_LEVEL": "warning"}
        import django

        django.setup()
        from django.core.management import call_command

        from console.memory import keep_what_is_loaded
        from console.protection import protect
        from keys.crypto.providers import RootKeyFile

        RootKeyFile(Path(folder) / "root.key").add(1)
        call_command("migrate", verbosity=0)
        protect()
        keep_what_is_loaded()
        print(json.dumps(measured()))


if __name__ == "__main__":
    main()
