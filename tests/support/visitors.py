"""A signed-in visitor of a real server, without a browser."""

import re
import ssl
from typing import Any, Protocol, Self

import httpx


class Place(Protocol):
    """A server, or what stands before several."""

    @property
    def url(self) -> str: ...


class Visitor:
    """Speaks to the console as a browser without JavaScript does."""

    def __init__(
        self,
        server: Place,
        account: dict[str, Any],
        *,
        region: str = "ap-southeast-3",
        public_url: str = "",
        trusted: ssl.SSLContext | bool = False,
    ) -> None:
        self.project = next(one["id"] for one in account["projects"] if one["region"] == region)
        from_here = {"Referer": public_url or server.url}
        self.http = httpx.Client(base_url=server.url, timeout=60, headers=from_here, verify=trusted)
        self.http.event_hooks = {"request": [self._show_cookies]}
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
        token = next(value for name, value in self.http.cookies.items() if name.endswith("csrf"))
        return self.http.post(path, data={**fields, "csrfmiddlewaretoken": token})

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

    def _show_cookies(self, request: httpx.Request) -> None:
        """Secure ones too, as browsers do, who take this machine itself for secure."""
        if self.http.cookies:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
