"""The languages that programs speak to the door: the contract's own, and those of other key managers whose clients call
the same operations. A dialect says which requests are in it, which calls it has, who asks, and what answers and errors
look like; states, grants, roles, limits and traces are the same in all."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from console.access.principals import Principal
from console.access.request import Request
from console.api.errors import ProjectForeign
from console.api.routes import Route, Routes
from keys.errors import KmsError

Headers = Mapping[str, str]


class Said(NamedTuple):
    """What an error becomes."""

    status: int
    content: Any
    headers: Iterable[tuple[str, str]] = ()


class Dialect(NamedTuple):
    """One language."""

    speaks: Callable[[str, str, Headers], bool]
    """Whether a request of this method, path and headers (names in lower case) is in it."""
    find: Callable[[Request], tuple[Routes, dict[str, str]]]
    """The calls that a request may mean by method, none where there is none, and what stands in the path's places."""
    holder: Callable[[Request, dict[str, str]], Principal]
    """Who asks. Raises what refuses a stranger."""
    read: Callable[[Request, type[msgspec.Struct], dict[str, str]], Any]
    """What a call takes."""
    dress: Callable[[Request, Any], Any]
    """An answer as it goes out."""
    error: Callable[[Request, KmsError], Said]
    """An error as it goes out; its sentences are in English then."""
    content_type: str
    foreign: type[KmsError] = ProjectForeign
    """What refuses a caller who asks in no project of his."""
    own_methods: Mapping[str, str] = {}
    """Methods that mean another one, as PUT means POST."""

    def route(self, routes: Routes, method: str) -> Route | None:
        """The call of this method."""
        return routes.get(method) or routes.get(self.own_methods.get(method, ""))


_others: list[Dialect] = []


def register_dialect(dialect: Dialect) -> None:
    """Make a dialect known; a service does so once, from its `apps.py`."""
    if dialect not in _others:
        _others.append(dialect)


def others() -> list[Dialect]:
    """All but the contract's."""
    return _others
