"""A server of two workers that has done a little of everything, and a client that signs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.scraping import Scrape, scrape, scrape_once
from tests.support.servers import Server, copy_stopped
from tests.support.signing import signed_headers
from tests.support.visitors import Visitor

WATCHER, PROXY = "127.0.0.2", "127.0.0.3"
RANDOMS = 30


@dataclass
class Life:
    """A server, an account in it, and what was asked of it."""

    server: Server
    account: dict[str, Any]
    keys: list[str] = field(default_factory=list)

    def ask(self, verb: str, *, secret: str = "", **fields: Any) -> httpx.Response:
        """A call on a connection of its own, so that either worker may get it."""
        key, project = self.account["access_key"], self.account["projects"][0]["id"]
        path, body = f"/v1.0/{project}/kms/{verb}", json.dumps(fields).encode()
        host = f"127.0.0.1:{self.server.port}"
        headers = signed_headers(key["ak"], secret or key["sk"], "POST", path, body, host=host)
        return httpx.post(f"{self.server.url}{path}", content=body, headers=headers)

    def scrape(self) -> Scrape:
        return scrape(self.server, WATCHER)


@pytest.fixture(scope="session")
def life(started_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    settings = {"WORKERS": "2", "METRICS_FROM": WATCHER, "TRUSTED_PROXIES": PROXY}
    folder = tmp_path_factory.mktemp("watched") / "data"
    copy_stopped(started_once, folder)
    server = Server(folder, settings)
    try:
        server.start()
        one = Life(server, server.create_account("northwind-of-tests", enterprise=True))
        _live(one)
        randoms = {"operation": "genRandom", "status": "2xx"}
        scrape_once(server, lambda found: found.value("kms_calls_total", **randoms) >= RANDOMS, WATCHER)
        scrape_once(server, _knows_the_pages, WATCHER)
        yield one
    finally:
        server.stop()


def _knows_the_pages(found: Scrape) -> bool:
    """Each worker tells a moment later than it answers what it counted."""
    pages = {"keys:list": 2, "unknown": 1, "static": 1, "console:sign-in": 4}
    return all(found.value("kms_pages_total", view=view) >= number for view, number in pages.items())


def _live(life: Life) -> None:
    """A little of everything: calls of each pace, refusals, strangers, pages, what is not there."""
    for _ in range(RANDOMS):
        assert life.ask("gen-random", random_data_length="64").status_code == 200
    life.keys.append(life.ask("create-key", key_alias="alias-of-tests").json()["key_info"]["key_id"])
    for _ in range(3):
        life.ask("encrypt-data", key_id=life.keys[0], plain_text="plaintext-of-tests")
    life.ask("list-keys")
    life.ask("describe-key", key_id="00000000-0000-4000-8000-000000000000")
    life.ask("gen-random", secret="wrong-secret-of-tests")
    url = life.server.url
    httpx.get(f"{url}/v1.0/path-of-tests")
    httpx.request("PATCH", f"{url}/v1.0/{life.account['projects'][0]['id']}/kms/gen-random")
    httpx.get(f"{url}/page-of-tests?token=query-of-tests")
    httpx.get(f"{url}/static/file-of-tests.css")
    with Visitor(life.server, life.account) as visitor:
        for _ in range(2):
            assert visitor.http.get(visitor.path("kms/keys")).status_code == 200
    with httpx.Client(base_url=url) as browser:
        browser.get("/sign-in")
        fields = {"account": "nobody-of-tests", "user": "x", "password": "password-of-tests"}
        browser.post("/sign-in", data={**fields, "csrfmiddlewaretoken": browser.cookies["csrf"]})
