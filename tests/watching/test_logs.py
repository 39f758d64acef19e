"""Log lines: one JSON object an event, which names its request and no secret."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.servers import ROOT, Server
from tests.support.visitors import Visitor
from tests.watching.conftest import Life

# It makes things go wrong in SQLite's file; the counting and the lines are the same on PostgreSQL.
pytestmark = [pytest.mark.xdist_group("watching"), pytest.mark.sqlite]

PLAINTEXT, QUERY, CLIENTS_ID = "plaintext-of-tests", "token-of-tests", "request-id-of-a-client"
TOGETHER = 8
HOOKS = """
import logging.config, threading, warnings
from django.conf import settings
from console.logs import log_everything
logging.config.dictConfig(settings.LOGGING)
log_everything()
class Unruly:
    def __del__(self):
        raise ValueError("unraisable")
def fail():
    raise ValueError("in a thread")
warnings.warn("of something")
Unruly()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise ValueError("at the end")
"""
Line = dict[str, Any]


class Logged(Life):
    """A server's life, with what its answers said of themselves."""

    answers: dict[str, list[httpx.Response]]
    secrets: list[str]

    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.server.log().splitlines()]

    def of(self, answer: httpx.Response) -> list[Line]:
        """The lines of the request that was answered so."""
        return [one for one in self.lines() if one.get("request_id") == answer.headers["x-request-id"]]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    """From the first start to the end, with everything going wrong in between."""
    server = Server(tmp_path_factory.mktemp("logged") / "data", {"LOG_LEVEL": "debug"})
    try:
        server.start()
        life = Logged(server, server.create_account("logged"))
        life.answers = {"well": [life.ask("gen-random", random_data_length="64")]}
        key = life.ask("create-key", key_alias="a").json()["key_info"]["key_id"]
        life.answers["encrypted"] = [life.ask("encrypt-data", key_id=key, plain_text=PLAINTEXT)]
        headers = {"X-Request-Id": CLIENTS_ID, "X-Auth-Token": QUERY}
        url = f"{server.url}/v1.0/{life.account['projects'][0]['id']}/kms/list-keys?token={QUERY}"
        life.answers["stranger"] = [httpx.post(url, headers=headers)]
        with Visitor(server, life.account) as visitor:
            life.answers["page"] = [visitor.http.get(visitor.path(f"kms/keys?token={QUERY}"), headers=headers)]
            life.answers["lost"] = [visitor.http.get(f"/nothing?token={QUERY}", headers=headers)]
            server.execute("ALTER TABLE console_trace RENAME TO gone")
            life.answers["trace"] = together(life)
            server.execute("ALTER TABLE gone RENAME TO console_trace")
            server.execute("ALTER TABLE keys_key RENAME TO gone")
            life.answers["refused page"] = [visitor.http.get(visitor.path(f"kms/keys?token={QUERY}"), headers=headers)]
            server.execute("ALTER TABLE gone RENAME TO keys_key")
            server.execute("UPDATE console_user SET recent_projects = '5'")
            life.answers["failed page"] = [visitor.http.get(visitor.path(f"kms/keys?token={QUERY}"), headers=headers)]
            server.execute("UPDATE console_user SET recent_projects = '[]'")
            life.secrets = [*visitor.http.cookies.values(), life.account["user"]["password"]]
        server.execute("UPDATE console_accesskey SET wrapped_secret = x'00'")
        life.answers["failed"] = together(life)
        life.answers["failed in a thread"] = [life.ask("list-keys")]
        die(server)
        server.stop()
        yield life
    finally:
        server.stop()


def together(life: Life) -> list[httpx.Response]:
    """Calls that arrive at once."""
    with ThreadPoolExecutor(TOGETHER) as threads:
        return [*threads.map(lambda _: life.ask("gen-random", random_data_length="64"), range(TOGETHER))]


def die(server: Server) -> None:
    """Kill the worker, and wait for the next one."""
    assert httpx.get(f"{server.url}/healthz").status_code == 200  # so that the answer before has its line
    (worker,) = (int(one.stem.rpartition("_")[2]) for one in (server.data_dir / "metrics").glob("gauge_livesum_*.db"))
    os.kill(worker, signal.SIGKILL)
    end = time.monotonic() + 20
    while server.log().count("Application startup complete.") < 2:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_every_line_is_one_event(logged: Logged) -> None:
    for one in logged.lines():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"]), one
        assert one["level"] in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
        assert one["logger"]
        assert one["message"]


def test_what_happens_to_the_server_is_told(logged: Logged) -> None:
    messages = [one["message"] for one in logged.lines()]

    expected = [
        "The secret key was made.",
        "The database was brought to this version.",
        "The root key was made: keep a copy elsewhere.",
        "The server starts.",
        "Started server process",
        "Child process [",
        "Started server process",
        "The server stopped.",
    ]
    places = [next((at for at, one in enumerate(messages) if one.startswith(text)), None) for text in expected]
    assert None not in places
    assert sum(one.startswith("Started server process") for one in messages) == 2
    assert messages.index("The server starts.") < messages.index("The server stopped.") == len(messages) - 1


@pytest.mark.parametrize(
    ("what", "operation", "status"),
    [
        ("well", "genRandom", 200),
        ("encrypted", "encryptData", 200),
        ("stranger", "listKeys", 401),
        ("page", "keys:list", 200),
        ("lost", "unknown", 404),
    ],
)
def test_to_debug_every_answer_has_a_line(logged: Logged, what: str, operation: str, status: int) -> None:
    (answer,) = logged.answers[what]

    (line,) = [one for one in logged.of(answer) if "duration" in one]

    assert (line["operation"], line["status"], line["level"]) == (operation, status, "DEBUG")
    assert 0 < line["duration"] < 10


@pytest.mark.parametrize(
    ("what", "operation", "status"),
    [
        ("trace", "genRandom", 503),
        ("failed", "genRandom", 500),
        ("failed in a thread", "listKeys", 500),
        ("refused page", "keys:list", 503),
        ("failed page", "keys:list", 500),
    ],
)
def test_each_failure_has_a_line(logged: Logged, what: str, operation: str, status: int) -> None:
    for answer in logged.answers[what]:
        assert answer.status_code == status

        (line,) = [one for one in logged.of(answer) if "duration" in one]

        assert (line["operation"], line["status"], line["level"]) == (operation, status, "ERROR")


SAID = "no such table: keys_key|the secret in the database is damaged"


@pytest.mark.parametrize("what", ["failed", "failed in a thread", "refused page", "failed page"])
def test_what_went_wrong_names_its_request(logged: Logged, what: str) -> None:
    for answer in logged.answers[what]:
        causes = [one for one in logged.of(answer) if one["level"] == "ERROR" and "duration" not in one]

        assert any("exc_info" in one or re.search(SAID, one["message"]) for one in causes)
        assert {one["operation"] for one in causes} <= {"genRandom", "listKeys", "keys:list"}


def test_a_commit_that_fails_says_why(logged: Logged) -> None:
    causes = [one for one in logged.lines() if one["message"].startswith("Traces could not be written")]

    assert sum(one["calls"] for one in causes) == TOGETHER
    assert all("console_trace" in one["exc_info"] for one in causes)


def test_no_line_has_a_secret_or_anything_that_a_request_brought(logged: Logged) -> None:
    log = logged.server.log()
    root_key = (logged.server.data_dir / "root.key").read_text().strip()

    brought = [PLAINTEXT, QUERY, CLIENTS_ID, "Signature=", "csrfmiddlewaretoken"]
    secrets = [*logged.secrets, logged.account["access_key"]["sk"], root_key]
    assert [text for text in (*brought, *secrets) if text in log] == []


def test_nothing_is_left_of_the_counts(logged: Logged) -> None:
    assert not (logged.server.data_dir / "metrics").exists()


def test_by_default_only_failures_have_a_line(server: Server) -> None:
    answer = httpx.get(f"{server.url}/v1.0")

    assert answer.status_code == 200
    assert answer.headers["x-request-id"] not in server.log()


def test_what_nobody_handles_becomes_lines() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "LOG_LEVEL": "info"}
    done = subprocess.run(
        [sys.executable, "-c", HOOKS], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert done.returncode == 1
    told = [one.get("exc_info", one["message"]) for one in lines]
    expected = ["of something", "unraisable", "in a thread", "at the end"]
    assert [text for text, found in zip(expected, told, strict=True) if text not in found] == []
