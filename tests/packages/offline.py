"""Run by test_bundle.py inside a network that has nothing but a loopback: builds and serves what lies in a folder, by
the machine's own Python alone. Prints what the program found, as one JSON object."""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
PATIENCE = 120.0


def bring_loopback_up() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", IFF_UP, b""))


def outside() -> str:
    """What comes of a connection to an address outside."""
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=10).close()
    except OSError as error:
        return str(error)
    return "connected"


def answer_of_make_run() -> str:
    """What `/healthz` answers once `make run` serves."""
    with subprocess.Popen(["make", "run", f"PYTHON={sys.executable}"], stdout=sys.stderr) as server:
        try:
            end = time.monotonic() + PATIENCE
            while server.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/healthz", timeout=5) as answer:
                        return str(answer.read().decode())
                except OSError:
                    continue
        finally:
            server.send_signal(signal.SIGTERM)
    return "nothing"


if __name__ == "__main__":
    bring_loopback_up()
    print(json.dumps({"outside": outside(), "answer": answer_of_make_run()}))  # noqa: T201
