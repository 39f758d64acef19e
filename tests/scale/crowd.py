"""Many connections at once, some of them slow: `make bench-crowd` writes a line of docs/performance.md.

Of 1,000 connections 200 are slow, in four ways by turns: they send the head of a request, or its body, a byte every
half second; they read long answers as slowly; or they stand half open. The server may give up on them, then they come
again. The other 800 are kept alive and encrypt at times fixed beforehand, all together at half of the rate that `wrk`
reached just before, each at most twice a second; a call that starts late because the last one was not answered counts
from when it was due. Server on core 0, this one process on core 1. None of their calls may fail, and of 100 calls 99
are to be answered within 200 ms.
"""

import asyncio
import os
import random
import resource
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.compare import measure  # noqa: E402
from tests.scale.figures import put  # noqa: E402
from tests.scale.ours import Ours  # noqa: E402
from tests.scale.peers import PLAINTEXT, Call  # noqa: E402

STEADY, SLOW, SECONDS = 800, 200, 20
SHORTEST_PAUSE = 0.2
PACE = 0.5
PATIENCE = 10.0
LONGEST = 0.2


@dataclass
class Crowd:
    """A server's port, the two requests that it is sent, and what the steady connections saw of it."""

    port: int
    quick: bytes
    """Sent by the steady, and slowly by those who send slowly."""
    long: bytes
    """Its answer is read slowly."""
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    come_again: int = 0

    @property
    def p99(self) -> float:
        """Seconds within which 99 of 100 calls were answered."""
        return statistics.quantiles(self.latencies, n=100)[-1]

    async def gather(self, *, steady: int, slow: int, pause: float, seconds: float) -> None:
        """Have so many connections for some seconds; each of the steady makes a call every `pause` seconds."""
        manners = [self._send_head, self._send_body, self._read_slowly, self._stand]
        slow_ones = [asyncio.create_task(self._ever_again(one)) for one in islice(cycle(manners), slow)]
        connections = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(steady)]
        begin = time.monotonic() + 0.1
        calling = [
            self._call_steadily(*one, begin + random.uniform(0, pause), pause, begin + seconds)  # noqa: S311 - no secret
            for one in connections
        ]
        await asyncio.gather(*calling)
        for task in slow_ones:
            task.cancel()
        await asyncio.gather(*slow_ones, return_exceptions=True)

    async def _call_steadily(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, due: float, pause: float, end: float
    ) -> None:
        try:
            while due < end:
                await asyncio.sleep(due - time.monotonic())
                async with asyncio.timeout(PATIENCE):
                    writer.write(self.quick)
                    status = await _answer(reader)
                self.latencies.append(time.monotonic() - due)
                if status != b"200":
                    self.failures.append(status.decode())
                due += pause
        except (OSError, EOFError, TimeoutError) as error:
            self.failures.append(repr(error))
        finally:
            writer.close()

    async def _ever_again(self, manner: Callable[[socket.socket], Coroutine[None, None, None]]) -> None:
        """Behave in one manner on a new connection each time that the server gives up on the last."""
        await asyncio.sleep(random.uniform(0, PACE))  # noqa: S311 - so that they don't all act at once
        while True:
            with socket.socket() as connection, suppress(OSError):
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
                await manner(connection)
            self.come_again += 1
            await asyncio.sleep(PACE)

    async def _send_head(self, connection: socket.socket) -> None:
        await _send_slowly(connection, self.quick)

    async def _send_body(self, connection: socket.socket) -> None:
        head, _, body = self.quick.partition(b"\r\n\r\n")
        await asyncio.get_running_loop().sock_sendall(connection, head + b"\r\n\r\n")
        await _send_slowly(connection, body)

    async def _read_slowly(self, connection: socket.socket) -> None:
        """Ask for one long answer after the other, and sip."""
        loop = asyncio.get_running_loop()
        asking = asyncio.create_task(_send_slowly(connection, self.long * 1_000, at_once=len(self.long)))
        try:
            while await loop.sock_recv(connection, 256):
                await asyncio.sleep(PACE)
        finally:
            asking.cancel()

    async def _stand(self, connection: socket.socket) -> None:
        """Send half of a head, and wait for the server to end it."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, self.quick[:40])
        await loop.sock_recv(connection, 256)


async def _send_slowly(connection: socket.socket, content: bytes, at_once: int = 1) -> None:
    for place in range(0, len(content), at_once):
        await asyncio.get_running_loop().sock_sendall(connection, content[place : place + at_once])
        await asyncio.sleep(PACE)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The status of one answer, read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return head[9:12]


def bytes_of(call: Call) -> bytes:
    """A request as it goes over the wire, on a connection that is kept."""
    head = [f"{call.method} {call.path} HTTP/1.1", *(f"{name}: {value}" for name, value in call.headers.items())]
    return "\r\n".join([*head, f"content-length: {len(call.body)}", "", call.body]).encode()


def waited(server: Ours) -> float:
    """Seconds that the threads of the server's processes were ready to run and had no core."""
    nanoseconds = 0
    for stat in Path("/proc").glob("[0-9]*/task/[0-9]*/schedstat"):
        with suppress(OSError):
            if os.getpgid(int(stat.parts[2])) == server.process.pid:
                nanoseconds += int(stat.read_text().split()[1])
    return nanoseconds / 1e9


def main() -> None:
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("The load generator wrk and taskset (util-linux) are needed: install them.")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="kms-crowd-") as folder:
        server = Ours(Path(folder) / "ours")
        try:
            server.begin()
            crowd, lines = measured(server, Path(folder))
        finally:
            server.stop()
    print("\n".join(lines))
    put("crowd", lines)
    if crowd.failures or crowd.p99 > LONGEST:
        sys.exit(f"Not as it should be: {len(crowd.failures)} calls failed, p99 {crowd.p99 * 1e3:.0f} ms.")


def measured(server: Ours, folder: Path) -> tuple[Crowd, list[str]]:
    """What the steady connections saw, and the table of it."""
    capacity = measure(server, "encrypt 64 B", 64, 3, folder)
    assert capacity is not None
    os.sched_setaffinity(0, {1})
    encrypt = server.signed("encrypt-data", key_id=server.symmetric, plain_text=PLAINTEXT)
    crowd = Crowd(server.port, bytes_of(encrypt), bytes_of(server.signed("list-keys", key_spec="ALL")))
    pause = max(SHORTEST_PAUSE, STEADY / (capacity.rate / 2))
    before, own, stood = server.cpu_seconds(), time.process_time(), waited(server)
    asyncio.run(crowd.gather(steady=STEADY, slow=SLOW, pause=pause, seconds=SECONDS))
    busy, own = (server.cpu_seconds() - before) / SECONDS, (time.process_time() - own) / SECONDS
    # Where others use the cores too, this says how far what was measured is theirs.
    stood = waited(server) - stood
    print(
        f"The server's threads waited {stood:.1f} s for their core, the generator used {own:.0%} of its own. ", end=""
    )
    print(f"Slow connections came again {crowd.come_again} times; failures: {crowd.failures[:5]}")
    p50, longest = statistics.median(crowd.latencies), max(crowd.latencies)
    return crowd, [
        "| connections | slow | calls/s | of wrk's rate | server's core | failed calls | p50 / p99 / longest ms |",
        "|---|---|---|---|---|---|---|",
        f"| {STEADY + SLOW:,} | {SLOW} | {STEADY / pause:.0f} | {STEADY / pause / capacity.rate:.0%} | {busy:.0%} |"
        f" {len(crowd.failures)} | {p50 * 1e3:.1f} / {crowd.p99 * 1e3:.1f} / {longest * 1e3:.1f} |",
    ]


if __name__ == "__main__":
    main()
