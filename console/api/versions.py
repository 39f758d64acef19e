"""The versions of the API, for everybody (API contract, 4.5)."""

from typing import Any

from django.conf import settings

from console.access.request import Request
from console.api.routes import Nothing, Route

UPDATED = "2018-09-05T08:18:05Z"
IDS = ("v1.0", "v2", "v3")


def _version(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "links": [{"href": f"{settings.PUBLIC_URL}/{name}/", "rel": "self"}],
        "media-types": [{"base": "application/json", "type": f"application/vnd.openstack.identity-{name}+json"}],
        "version": "",
        "min_version": "",
        "status": "CURRENT",
        "updated": UPDATED,
    }


def _all(_request: Request, _nothing: Nothing) -> list[str]:
    return list(IDS)


def _one(name: str) -> Route:
    def show(_request: Request, _nothing: Nothing) -> str:
        return name

    return Route("GET", f"/{name}", Nothing, show, lambda one: {"version": _version(one)}, "showVersion", is_open=True)


ROUTES = [
    Route("GET", "/", Nothing, _all, lambda ids: {"versions": [*map(_version, ids)]}, "showVersions", is_open=True),
    *(_one(name) for name in IDS),
]
