"""`rotaterootkey` beside servers that serve: interrupted, on several nodes, under load."""

import base64
import itertools
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import pytest

from tests.support import databases
from tests.support.commands import sentence
from tests.support.servers import ROOT, Server
from tests.support.signing import signed_headers
from tests.support.tools import fresh_database

PLAINTEXT = "what was encrypted before"
MANY = 5000
FILL = """
from console.models import AccessKey, User
from console.protection import root_key
from keys.crypto.secrets import wrap_secret
user, ids = User.objects.first(), [f"FILLED{number:014d}" for number in range(MANY)]
AccessKey.objects.bulk_create(
    AccessKey(ak=ak, user=user, wrapped_secret=wrap_secret(root_key(), "s" * 40, "access key", ak)) for ak in ids
)
"""
"""Access keys that are there before, so that a rotation takes its time."""


class Client:
    """One application, whose calls are signed."""

    def __init__(self, server: Server, account: dict[str, Any]) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=30)
        self.key = account["access_key"]
        self.project = next(one["id"] for one in account["projects"] if one["region"] == "ap-southeast-3")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, verb: str, **fields: Any) -> httpx.Response:
        """A call, whatever comes of it."""
        path, body = f"/v1.0/{self.project}/kms/{verb}", json.dumps(fields).encode()
        headers = signed_headers(self.key["ak"], self.key["sk"], "POST", path, body)
        return self.http.post(path, content=body, headers=headers)

    def call(self, verb: str, **fields: Any) -> Any:
        """What a call answers, which must succeed."""
        answer = self.post(verb, **fields)
        assert answer.status_code == 200, f"{verb}: {answer.status_code} {answer.text}"
        return answer.json()

    def new_key(self, alias: str, spec: str = "AES_256") -> str:
        made: str = self.call("create-key", key_alias=alias, key_spec=spec)["key_info"]["key_id"]
        return made


@contextmanager
def load(servers: list[Server], busy: "Busy") -> Iterator[list[int]]:
    """Applications at work all the while, one a server: they decrypt, sign and create keys. The end raises what failed,
    and tells how often each did all of it."""
    is_over = threading.Event()
    rounds: list[int] = []

    def work(number: int, server: Server) -> int:
        message = base64.b64encode(bytes(32)).decode()
        wish = {"message": message, "message_type": "DIGEST", "signing_algorithm": "ECDSA_SHA_256"}
        with busy.client(server) as client:
            for made in itertools.count():
                assert client.call("decrypt-data", cipher_text=busy.sealed)["plain_text"] == PLAINTEXT
                client.call("sign", key_id=busy.signing, **wish)
                client.new_key(f"load-{number}-{made}")
                if is_over.wait(0.02):
                    return made + 1
        raise AssertionError

    with ThreadPoolExecutor(len(servers)) as pool:
        workers = [pool.submit(work, number, server) for number, server in enumerate(servers)]
        try:
            yield rounds
        finally:
            is_over.set()
        rounds.extend(one.result() for one in workers)


def begin(server: Server, *arguments: str) -> "subprocess.Popen[str]":
    """A command that nobody waits for."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass(frozen=True)
class Busy:
    """An account, a ciphertext of a key that exists before, and a key that signs."""

    account: dict[str, Any]
    sealed: str
    signing: str

    @classmethod
    def on(cls, server: Server) -> Self:
        account = server.create_account("busy", quota=100_000)
        with Client(server, account) as client:
            sealed = client.call("encrypt-data", key_id=client.new_key("before"), plain_text=PLAINTEXT)["cipher_text"]
            return cls(account, sealed, client.new_key("signing", "EC_P256"))

    def client(self, server: Server) -> Client:
        return Client(server, self.account)

    def opens(self, server: Server) -> bool:
        """Whether what was encrypted before is decrypted."""
        with self.client(server) as client:
            return bool(client.call("decrypt-data", cipher_text=self.sealed)["plain_text"] == PLAINTEXT)


def protected(server: Server) -> dict[int, int]:
    """How many values each version of the root key protects, as `rootkey` tells."""
    lines = [line for line in server.manage("rootkey").splitlines() if line.startswith("version ")]
    return {int(line.split()[1].rstrip(":")): int(line.split("protects ")[1].split()[0]) for line in lines}


def test_a_rotation_that_is_killed_again_and_again_under_load_is_finished_and_no_call_fails(known_server):
    server = known_server()
    server.start()
    busy = Busy.on(server)
    server.quickly(code=f"MANY = {MANY}\n{FILL}")
    with load([server, server], busy) as rounds:
        for said in ("Rotating to version 2", "Version 2 is current"):
            interrupted = begin(server, "rotaterootkey")
            assert any(said in line for line in iter(interrupted.stdout.readline, ""))
            time.sleep(0.05)
            interrupted.kill()
            interrupted.communicate()
        assert protected(server)[1] > 0
        both = [begin(server, "rotaterootkey") for _ in range(2)]
        said = [one.communicate(timeout=120)[0] for one in both]

    assert sorted(one.returncode for one in both) == [0, 1], said
    assert any("Done: " in one for one in said)
    assert any("Another rotaterootkey is at work" in one for one in said)
    # The trail key, two access keys, two keys, those filled in, and the load's.
    assert protected(server) == {1: 0, 2: 5 + MANY + sum(rounds)}
    assert server.manage("verifytraces").startswith("INTACT")
    assert busy.opens(server)
    assert "Traceback" not in server.log()


@pytest.mark.postgresql
def test_on_two_nodes_the_rotation_waits_until_the_new_file_was_copied(new_server, started_once):
    with fresh_database(like=databases.name_of(started_once)) as url:
        nodes = [new_server(name, DATABASE_URL=url) for name in ("one", "two")]
        for node in nodes:
            shutil.copytree(started_once, node.data_dir, copy_function=shutil.copy2)
            node.spawn()
        for node in nodes:
            node.wait_until_ready()
        busy = Busy.on(nodes[0])
        with load(nodes, busy) as rounds:
            in_vain = nodes[0].try_to_manage("rotaterootkey", "--patience=2")
            elsewhere = nodes[1].try_to_manage("rotaterootkey")
            shutil.copy2(nodes[0].data_dir / "root.key", nodes[1].data_dir / "root.key")
            said = nodes[1].manage("rotaterootkey")

        assert in_vain.returncode == 1
        assert "to have version 2 within 2 seconds" in in_vain.stderr
        assert "copy it from the node" in sentence(elsewhere)
        assert "Going on with the rotation to version 2" in said
        assert protected(nodes[0]) == {1: 0, 2: 5 + sum(rounds)}
        assert nodes[0].manage("verifytraces").startswith("INTACT")
        for node in nodes:
            node.stop()
        assert "(process" not in nodes[0].manage("rootkey")  # who stops in good order says so
