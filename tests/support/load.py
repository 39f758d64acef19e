"""Signed calls by connections that are kept, and clients that go on calling and note every answer."""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from tests.support.signing import signed_headers


class Answer(NamedTuple):
    """What came of a call; `status` is 0 where the connection broke, `asked` what was asked in one word."""

    status: int
    content: Any
    request_id: str = ""
    asked: str = ""
    sent_at: float = 0
    answered_at: float = 0

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Client:
    """Who calls the API of a server by one connection, as the first user of an account."""

    def __init__(self, url: str, account: dict[str, Any], certificate: Path | None = None) -> None:
        self.place, self.account = urlsplit(url), account
        self.project = account["projects"][0]["id"]
        self.trusted = ssl.create_default_context(cafile=certificate) if certificate else None
        self.http = self._connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def kms(self, verb: str, method: str = "POST", **fields: Any) -> Answer:
        """A call of key management."""
        return self.call(method, f"/v1.0/{self.project}/kms/{verb}", fields, verb)

    def call(self, method: str, target: str, fields: dict[str, Any], asked: str = "") -> Answer:
        """A signed call; without fields it has no body."""
        body, key = json.dumps(fields) if fields else "", self.account["access_key"]
        headers = signed_headers(key["ak"], key["sk"], method, target, body.encode(), host=self.place.netloc)
        return self.send(method, target, body, headers, asked)

    def send(self, method: str, target: str, body: str, headers: dict[str, str], asked: str = "") -> Answer:
        """A request as it is."""
        sent_at = time.monotonic()
        try:
            self.http.request(method, target, body or None, headers)
            answer = self.http.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.http.close()  # the next call opens it anew
            return Answer(0, repr(error), "", asked, sent_at, time.monotonic())
        is_json = "json" in answer.headers.get("Content-Type", "")
        content = json.loads(text) if text and is_json else text
        request_id = answer.headers.get("X-Request-Id", "")
        return Answer(answer.status, content, request_id, asked, sent_at, time.monotonic())

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.place.hostname or "", self.place.port
        if self.place.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=30, context=self.trusted)
        return http.client.HTTPConnection(host, port, timeout=30)


Round = Callable[[Client, int], Iterator[Answer]]
"""A few calls of one client, in its so-and-so-many-th round."""


@contextmanager
def calling(number: int, new_client: Callable[[], Client], round_of: Round) -> Iterator[list[Answer]]:
    """So many clients call without a pause meanwhile; what they were answered."""
    answers: list[Answer] = []
    stop = threading.Event()

    def go_on() -> None:
        with new_client() as client:
            rounds = 0
            while not stop.is_set():
                rounds += 1
                for answer in round_of(client, rounds):
                    answers.append(answer)  # at once: others look meanwhile
                    if stop.is_set():
                        break

    with ThreadPoolExecutor(number) as threads:
        clients = [threads.submit(go_on) for _ in range(number)]
        try:
            yield answers
        finally:
            stop.set()
        for client in clients:
            client.result()
