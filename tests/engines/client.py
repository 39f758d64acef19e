"""Client libraries of `.venv-engines`, which the tests' own environment has not, as functions that a test calls."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support import tools
from tests.support.servers import ROOT


class Refused(Exception):
    """What a client raised, by the name of its error and its words."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


@dataclass
class Client:
    """A module of tests/engines/clients in a process of its own: `client.put(name="a")` calls its function `put`.

    Raises Refused where that raises. Only the settings given are in its environment."""

    module: str
    settings: dict[str, str]

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            [str(tools.python_of(tools.ENGINES)), "-W", "ignore", "-m", f"tests.engines.clients.{self.module}"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **self.settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __getattr__(self, function: str) -> Callable[..., Any]:
        return lambda **fields: self._ask(function, fields)

    def close(self) -> None:
        """End it, by closing its stdin."""
        self._process.communicate(timeout=20)

    def _ask(self, function: str, fields: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, fields]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": ["Ended", "The client ended."]}')
        if "error" in answer:
            raise Refused(*answer["error"])
        return answer["result"]
