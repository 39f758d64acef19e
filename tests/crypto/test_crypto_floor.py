"""`keys/crypto` is the ground floor: it stands on Python, `cryptography`, PKCS#11 and a library of caches alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import keys.crypto

FOLDER = Path(keys.crypto.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Every module that `tree` imports, inside functions too; `from a import b` is a.b, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def stands_below(module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    return (
        top in sys.stdlib_module_names
        or top in {"cryptography", "cachetools", "pkcs11"}
        or module.startswith("keys.crypto.")
    )


def test_there_are_files_to_look_at():
    assert FOLDER / "rootkey.py" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_no_django_and_nothing_above(file):
    modules = list(imports_of(ast.parse(file.read_text())))

    assert [module for module in modules if not stands_below(module)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_nothing_behind_a_reader_s_back(file):
    names = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}

    assert not names & {"__import__", "importlib", "eval", "exec"}


@pytest.mark.parametrize(
    "line",
    ["import django.db", "from keys import models", "from keys.specs import x", "from . import x", "import keys"],
)
def test_the_check_itself_finds_what_is_above(line):
    tree = ast.parse(f"def late():\n    {line}")

    assert not all(stands_below(module) for module in imports_of(tree))
