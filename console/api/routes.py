"""Every call of the wire: its method and path, what it takes, the operation, what it answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

import msgspec
from django.utils.functional import Promise

PROJECT = "{project_id}"
_IN_PROJECT = re.compile(r"/(v1\.0|v2|v3)/([^/]+)(/.+)")


class Pace(Enum):
    """How long an answer may take, and so who gives it."""

    QUICK = "well under a millisecond, waiting for nothing but its trace"
    BUSY = "some milliseconds of computing, which leaves the other threads alone"
    CHANGING = "about a millisecond, for a change that waits for other changes alone"
    PATIENT = "however long a change, or what others change, takes"


class Nothing(msgspec.Struct, frozen=True):
    """What a call takes that takes nothing."""


class Answer(NamedTuple):
    """An answer with headers of its own."""

    content: Any
    headers: tuple[tuple[str, str], ...] = ()


class Route(NamedTuple):
    """One call. `operation` gets the caller (the request itself where the call is open to everybody) and the struct;
    `answer` makes of its result what goes out as JSON; `trace` names the call where it can't even be read.

    The rest describes it (`console.api.openapi`): the action that permits it, one sentence, and the method of the
    official SDK; what it answers is the type that `answer` returns, or else `shape`; a call that is not
    offered is refused whatever it asks."""

    method: str
    path: str
    request: type[msgspec.Struct]
    operation: Callable[[Any, Any], Any]
    answer: Callable[[Any], Any]
    trace: str
    status: int = 200
    is_open: bool = False
    pace: Callable[[bytes], Pace] = lambda body: Pace.PATIENT
    """How long the answer to a call with this body may take."""
    action: str = ""
    summary: str | Promise = ""
    sdk: str = ""
    """The official SDK's method, behind a service's name where that is not key management: `iam.keystone_…`."""
    shape: Any = None
    is_offered: bool = True

    @property
    def is_in_project(self) -> bool:
        return PROJECT in self.path


Routes = Mapping[str, Route]


class Table:
    """The calls of one dialect. `places` says of a place in a path what it may hold, where that is more than the text
    up to the next slash; of several patterns that fit, the first registered counts."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: dict[re.Pattern[str], dict[str, Route]] = {}

    def register(self, routes: Iterable[Route]) -> None:
        """Make calls known; a service does so once, from its `apps.py`."""
        for route in routes:
            if "{" not in route.path.replace(PROJECT, ""):
                self._exact.setdefault(route.path, {})[route.method] = route
            else:
                self._patterns.setdefault(self._pattern(route.path), {})[route.method] = route

    def find(self, path: str) -> tuple[Routes, dict[str, str]]:
        """The calls at this path by method, none where it is unknown, and what stands in the path's places."""
        path = path.rstrip("/") or "/"
        if (found := self._exact.get(path)) is not None and PROJECT not in path:
            return found, {}
        match = _IN_PROJECT.fullmatch(path)
        if match is not None and (found := self._exact.get(f"/{match[1]}/{PROJECT}{match[3]}")) is not None:
            return found, {"project_id": match[2]}
        for pattern, routes in self._patterns.items():
            if (match := pattern.fullmatch(path)) is not None:
                return routes, match.groupdict()
        return {}, {}

    def registered(self) -> list[Route]:
        """All calls."""
        return [route for routes in (*self._exact.values(), *self._patterns.values()) for route in routes.values()]

    def _pattern(self, path: str) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", path)
        texts = [
            f"(?P<{part}>{self._places.get(part, '[^/]+')})" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        ]
        return re.compile("".join(texts))


# The key of a tag may hold a slash, which travels encoded and arrives decoded; all else ends at one.
_contract = Table({"key": ".+"})
register, find, registered = _contract.register, _contract.find, _contract.registered
"""Of the contract's own calls."""


def sentence(operation: Callable[..., Any]) -> str:
    """The first sentence of an operation's docstring, in one line: what the call does."""
    text = " ".join((operation.__doc__ or "").split())
    return re.split(r"(?<=[.])\s|;\s", text)[0].rstrip(".;")
