"""The floors of the house: imports go only downwards, inside functions too (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the ground up. A module may import modules of lower floors, and of its own floor within its own package.
FLOORS: list[set[str]] = [
    {"keys.crypto", "console.texts"},
    {"keys.errors"},
    {
        "keys.specs",
        "keys.validators",
        "keys.calls",
        "keys.grantable",
        "keys.sentences",
        "console.validators",
        "console.times",
        "console.charts",
        "console.memory",
        "console.counted",
        "console.metrics",
        "console.served",
        "console.logs",
    },
    {"console.database_url"},
    {
        "console.models",
        "console.settings",
        "console.sqlite",
        "console.postgresql",
        "console.sql",
        "console.partitions",
        "console.recall",
        "console.sessions",
    },
    {"console.protection"},
    {"console.access", "console.services", "keys.actions", "keys.permissions"},
    {"keys.models"},
    {"console.operations", "keys.operations"},
    {"console.requests"},
    {
        "console.views",
        "console.templatetags",
        "console.api",
        "console.context",
        "console.middleware",
        "console.serving",
        "console.transfer",
    },
    {"keys.forms", "keys.views", "keys.api", "keys.aws", "keys.restoring", "keys.vault"},
    {"console.admin", "keys.admin", "console.urls", "keys.urls", "console.apps", "keys.apps"},
    {"console.management", "keys.management"},
    {"console.migrations", "keys.migrations"},
]
# What `console` may know of `keys`: the ground, and in its URLs that there is such a service.
CONSOLE_MAY_IMPORT = ("keys.crypto", "keys.errors")
# What `keys` may know of `console`.
KEYS_MAY_IMPORT = (
    "console.models",
    "console.access",
    "console.api",
    "console.protection",
    "console.metrics",
    "console.sql",
    "console.sqlite",
    "console.recall",
    "console.operations",
    "console.management",
    "console.serving",
    "console.transfer",
    "console.texts",
    "console.times",
    "console.charts",
    "console.services",
    "console.requests",
    "console.views",
    "console.admin",
)


def modules() -> list[tuple[str, Path]]:
    files = [path for top in ("console", "keys") for path in sorted((ROOT / top).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]
    return [(name, path) for name, path in zip(names, files, strict=True) if name not in {"console", "keys"}]


def floor_of(module: str) -> int:
    for number, parts in enumerate(FLOORS):
        if any(module == part or module.startswith(f"{part}.") for part in parts):
            return number
    raise AssertionError(f"{module} has no floor: give it one in this test and in docs/architecture.md.")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = (ROOT / node.module.replace(".", "/")).is_dir()
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            is_module = {one for one in submodules if (ROOT / one.replace(".", "/")).with_suffix(".py").exists()}
            is_package = {one for one in submodules if (ROOT / one.replace(".", "/")).is_dir()}
            found |= (is_module | is_package) if whole and (is_module or is_package) else {node.module}
    return {
        one for one in found if one.split(".", maxsplit=1)[0] in {"console", "keys"} and one not in {"console", "keys"}
    }


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_from_its_floor_or_below(module: str, path: Path) -> None:
    upwards = {one for one in imports_of(path) if floor_of(one) > floor_of(module)}

    assert not upwards


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_two_packages_know_of_each_other_only_what_is_agreed(module: str, path: Path) -> None:
    own, allowed = ("console", CONSOLE_MAY_IMPORT) if module.startswith("console") else ("keys", KEYS_MAY_IMPORT)

    foreign = {one for one in imports_of(path) if one.split(".", maxsplit=1)[0] != own}

    assert {one for one in foreign if not any(one == part or one.startswith(f"{part}.") for part in allowed)} <= set()
