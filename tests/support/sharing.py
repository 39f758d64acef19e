"""Which tests run on which database, and how `pytest -n` shares them out: every other worker is on either."""

import os
from collections.abc import Generator
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

from tests.support import databases, tools


class ByDatabase(LoadGroupScheduling):  # type: ignore[misc]
    """A worker gets the tests of its own database and those that know none, in the order of `turn_of`."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{super()._split_scope(nodeid)} on {databases.kind_of(nodeid)}"

    def _assign_work_unit(self, node: WorkerController) -> None:
        kinds = tuple(f" on {kind}" for kind in (node.gateway.spec.env["TEST_DATABASE"], ""))
        scope = next((one for one in self.workqueue if one.endswith(kinds)), None)
        if scope is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


def kinds_of(config: pytest.Config) -> tuple[str, ...]:
    """The databases of this run, PostgreSQL's worker first: those of all workers, where there are some."""
    if hasattr(config, "workerinput"):
        return tuple(config.workerinput["databases"])
    is_shared = len(config.getoption("tx", ())) > 1 and not os.environ.get("TEST_DATABASE") and tools.has_postgresql()
    return databases.KINDS[::-1] if is_shared else (databases.OWN,)


def group_of(item: pytest.Item) -> str:
    """What one worker gets as a whole: the group that a test is marked with, or its file where its tests share what is
    made once for them (a server, mostly), which each worker would make anew. Nothing for all others."""
    if marked := item.get_closest_marker("xdist_group"):
        return str(marked.args[0])
    assert isinstance(item, pytest.Function)
    definitions = [known[-1] for known in item._fixtureinfo.name2fixturedefs.values()]
    is_sharing = any(one.scope != "function" and one.baseid.startswith("tests/") for one in definitions)
    return item.nodeid.partition("::")[0] if is_sharing else ""


def turn_of(item: pytest.Item) -> int:
    """What takes longest begins first; a marked group late, so that what it has running (databases, balancers) takes
    nothing from the others; and last what is small and anybody's, so that all workers end together."""
    if item.get_closest_marker("xdist_group"):
        return 2
    if group_of(item):
        return 0
    return 1 if databases.kind_of(item.nodeid) else 3


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test once for each of the run's databases, which its id ends with."""
    kinds = databases.kinds_for(metafunc.definition)
    if kinds:
        here = [kind for kind in kinds if kind in kinds_of(metafunc.config)]
        metafunc.parametrize("any_database", here or kinds)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about a database that this run is not on."""
    here: list[pytest.Item] = []
    elsewhere: list[pytest.Item] = []
    for item in items:
        kind = databases.kind_of(item.nodeid)
        is_here = not kind or (kind in kinds_of(config) and kind in databases.kinds_for(item))
        (here if is_here else elsewhere).append(item)
    here.sort(key=turn_of)
    items[:] = here
    if getattr(config.option, "loadgroup", False):
        # xdist 3.8 writes the group of a test where pytest 9.2 no longer looks for it, and would spread the group.
        for item in here:
            if group := group_of(item):
                item._id = type(item.id).parse(f"{item.nodeid}@{group}")
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Two for each core, since tests wait for servers, browsers and disks; so of each database as many."""
    return len(databases.KINDS) * (yield)


def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    kinds = kinds_of(config)
    for number, spec in enumerate(specs):
        spec.env["TEST_DATABASE"] = kinds[number % len(kinds)]


def pytest_configure_node(node: Any) -> None:
    node.workerinput["databases"] = kinds_of(node.config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDatabase:
    return ByDatabase(config, log)


def pytest_unconfigure() -> None:
    databases.drop_all()
