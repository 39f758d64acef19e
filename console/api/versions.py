"""The versions of the API, for everybody (API contract, 4.5)."""

from typing import TypedDict

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from console.access.request import Request
from console.api.routes import Nothing, Route

UPDATED = "2018-09-05T08:18:05Z"
IDS = ("v1.0", "v2", "v3")


class Link(TypedDict):
    href: str
    rel: str


class MediaType(TypedDict):
    base: str
    type: str


Version = TypedDict(
    "Version",
    {
        "id": str,
        "links": list[Link],
        "media-types": list[MediaType],
        "version": str,
        "min_version": str,
        "status": str,
        "updated": str,
    },
)


class VersionShown(TypedDict):
    version: Version


class VersionsListed(TypedDict):
    versions: list[Version]


def _version(name: str) -> Version:
    return {
        "id": name,
        "links": [{"href": f"{settings.PUBLIC_URL}/{name}/", "rel": "self"}],
        "media-types": [{"base": "application/json", "type": f"application/vnd.openstack.identity-{name}+json"}],
        "version": "",
        "min_version": "",
        "status": "CURRENT",
        "updated": UPDATED,
    }


def _shown(name: str) -> VersionShown:
    return {"version": _version(name)}


def _listed(names: list[str]) -> VersionsListed:
    return {"versions": [*map(_version, names)]}


def _all(_request: Request, _nothing: Nothing) -> list[str]:
    return list(IDS)


def _one(name: str) -> Route:
    def show(_request: Request, _nothing: Nothing) -> str:
        return name

    summary = format_lazy(_("Show version {name}"), name=name)
    return Route(
        "GET", f"/{name}", Nothing, show, _shown, "showVersion", is_open=True, summary=summary, sdk="show_version"
    )


ROUTES = [
    Route(
        "GET",
        "/",
        Nothing,
        _all,
        _listed,
        "showVersions",
        is_open=True,
        summary=_("List the versions of the API"),
        sdk="show_versions",
    ),
    *(_one(name) for name in IDS),
]
