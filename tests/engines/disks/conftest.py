"""An account of its own for each test; kms-engines' client and its commands in the account's first project."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kms_engines.client import Client
from kms_engines.settings import Settings

from tests.support import tools
from tests.support.sdk import Sdk, quiet
from tests.support.servers import ROOT, Server

PACKAGE = ROOT / "integrations/kms-engines"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "sdk" in getattr(item, "fixturenames", ()):
            quiet(item)


@pytest.fixture
def account(server: Server) -> dict[str, Any]:
    return server.create_account(f"engines-{uuid.uuid4().hex[:8]}", enterprise=True)


@pytest.fixture
def sdk(server: Server, account: dict[str, Any]) -> Sdk:
    """The official SDK in the same project: what an administrator does to keys meanwhile."""
    return Sdk(server, account)


@pytest.fixture
def settings(server: Server, account: dict[str, Any]) -> Settings:
    key = account["access_key"]
    return Settings(server.url, account["projects"][0]["id"], key["ak"], key["sk"])


@pytest.fixture
def client(settings: Settings) -> Client:
    return Client(settings)


@dataclass(frozen=True)
class Commands:
    """kms-volume and kms-image as an administrator of the machine runs them, in a folder of the test's own."""

    folder: Path
    settings: Settings
    path: str = tools.PLACES

    @property
    def environment(self) -> dict[str, str]:
        given = {f"KMS_{name.upper()}": value for name, value in vars(self.settings).items() if value}
        return {"PATH": self.path, "PYTHONPATH": str(PACKAGE), "HOME": str(self.folder), **given}

    def line(self, command: str | Path, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", f"kms_engines.{command}_command", *map(str, arguments)]

    def spawn(self, command: str, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.line(command, *arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def attempt(self, command: str, *arguments: str | Path, **options: Any) -> tuple[int, str]:
        """Exit status and what it said on stderr; of a failure that is one line."""
        process = self.spawn(command, *arguments, **options)
        _, said = process.communicate(timeout=120)
        assert said.count("\n") == (1 if process.returncode else 0), said
        return process.returncode, said

    def volume(self, *arguments: str | Path) -> str:
        return self._done("volume", arguments)

    def image(self, *arguments: str | Path) -> str:
        return self._done("image", arguments)

    def _done(self, command: str, arguments: tuple[str | Path, ...]) -> str:
        process = self.spawn(command, *arguments)
        printed, said = process.communicate(timeout=120)
        assert (process.returncode, said) == (0, "")
        return printed.strip()


@pytest.fixture
def commands(tmp_path: Path, settings: Settings) -> Iterator[Commands]:
    """The commands; volumes that a failed test left open are closed."""
    one = Commands(tmp_path, settings)
    yield one
    for pid_file in tmp_path.glob("*.pid"):
        one.attempt("volume", "close", pid_file.with_suffix(""))
