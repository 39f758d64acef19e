"""A signed-in visitor of a real server, without a browser."""

import re
from typing import Any, Self

import httpx

from tests.support.servers import Server


class Visitor:
    """Speaks to the console as a browser without JavaScript does."""

    def __init__(self, server: Server, account: dict[str, Any], *, region: str = "ap-southeast-3") -> None:
        self.project = next(one["id"] for one in account["projects"] if one["region"] == region)
        self.http = httpx.Client(base_url=server.url, timeout=60, follow_redirects=False, verify=False)  # noqa: S501
        self.http.get("/sign-in")
        names = {"account": account["account"]["name"], "user": account["user"]["name"]}
        answer = self.post("/sign-in", {**names, "password": account["user"]["password"]})
        if answer.status_code != 302:
            raise RuntimeError(f"Signing in as {names} answered {answer.status_code}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def path(self, rest: str) -> str:
        """An address in the visitor's project."""
        return f"/console/{self.project}/{rest}"

    def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        return self.http.post(path, data={**fields, "csrfmiddlewaretoken": self.http.cookies["csrf"]})

    def create_key(self, alias: str, **fields: str) -> httpx.Response:
        return self.post(self.path("kms/keys/create"), {"alias": alias, "key_spec": "AES_256", **fields})

    def aliases(self) -> list[str]:
        """Those of the first page of the list, newest first."""
        page = self.http.get(self.path("kms/keys?rows=50")).text
        return re.findall(r'class="name" href="[^"]*">([^<]*)<', page)

    def used(self) -> str:
        """What the list says of the quota: `20 of 20 used`."""
        page = self.http.get(self.path("kms/keys")).text
        found = re.search(r"<b>(\d+)</b> (of \d+ used)", page)
        return f"{found[1]} {found[2]}" if found else ""
