"""docs/deploy/Containerfile without a builder: its instructions carried out on folders that stand for images.

The machine's own Python stands for the base image, and another user's lack of rights for a root file system that can't
be written."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from tests.support.bundles import IS_ROOT, bare_environment, other_user, place, python
from tests.support.docs_pages import Machine

_OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")


def instructions_of(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile, each with its argument on one line."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    whole = re.sub(r"\\\n\s*", "", lines).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in whole if line.strip()]


@dataclass
class Image:
    """A stage: its files below `machine`'s root, and what it says of the containers that run it."""

    machine: Machine
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    said: dict[str, str] = field(default_factory=dict)
    """The last argument of each other instruction: USER, ENTRYPOINT, LABEL, ..."""

    def run(self, line: str) -> None:
        """RUN, in the form of a line for the shell."""
        if not IS_ROOT:  # who may not give files away keeps them
            line = re.sub(r"--(owner|group) \d+ ", "", line)
        subprocess.run(
            ["sh", "-c", self.machine.own(line)],
            cwd=self.machine.path(self.folder),
            env=self._base_environment(),
            check=True,
            capture_output=True,
            timeout=120,
        )

    def copy(self, source: Path, names: list[str], target: str) -> None:
        """COPY: folders give their content; a name with a pattern may be of nothing."""
        place = self.machine.path(os.path.join(self.folder, target))
        found = [path for name in names for path in sorted(source.glob(name.lstrip("/")))]
        assert found, f"COPY finds nothing of {names}"
        for path in found:
            if path.is_dir():
                shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)

    def _base_environment(self) -> dict[str, str]:
        given = bare_environment()
        return {**given, "PATH": f"{_base_tools()}:{given['PATH']}", **self.environment}


@cache
def _base_tools() -> Path:
    """The folder where the base image has its `python`."""
    tools = place() / "base"
    tools.mkdir()
    (tools / "python").symlink_to(python())
    return tools


def build(containerfile: Path, context: Path, folder: Path, **arguments: str) -> Image:
    """The image of the last stage."""
    known, stages, image = dict(arguments), {}, None
    for word, rest in instructions_of(containerfile.read_text()):
        text = Template(rest).safe_substitute(known)
        if word == "ARG":
            name, _, default = text.partition("=")
            known.setdefault(name, default)
        elif word == "FROM":
            base, _, name = text.partition(" AS ")
            assert base == known["PYTHON"]
            image = stages[name] = Image(_new_machine(folder / (name or "last")))
        else:
            assert image is not None
            _carry_out(image, word, text, context, stages)
    assert image is not None
    return image


def _carry_out(image: Image, word: str, text: str, context: Path, stages: dict[str, Image]) -> None:
    match word:
        case "WORKDIR":
            image.folder = text
            image.machine.path(text).mkdir(parents=True, exist_ok=True)
        case "RUN":
            image.run(text)
        case "ENV":
            image.environment |= dict(pair.split("=", 1) for pair in shlex.split(text))
        case "COPY":
            options = dict(_OPTION.findall(text))
            *names, target = _OPTION.sub("", text).split()
            image.copy(stages[options["from"]].machine.root if options else context, names, target)
        case _:
            image.said[word] = text


def _new_machine(root: Path) -> Machine:
    (root / "opt/kms").mkdir(parents=True)
    return Machine(root)


@dataclass
class Container:
    """A container of an image; `settings` are more of its environment. Its volume is the image's folder."""

    image: Image
    settings: dict[str, str]
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run ENTRYPOINT and CMD; nobody waits for it."""
        words = [*json.loads(self.image.said["ENTRYPOINT"]), *json.loads(self.image.said["CMD"])]
        self.process = subprocess.Popen(
            words, **self._as_the_container(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def execute(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        return subprocess.run(words, **self._as_the_container(), capture_output=True, timeout=60, check=False)

    def health(self) -> int:
        """The exit code of HEALTHCHECK's command."""
        return self.execute(*json.loads(self.image.said["HEALTHCHECK"].partition("CMD ")[2])).returncode

    def stop(self) -> tuple[int, str, str]:
        """Send STOPSIGNAL and wait; exit code and what it said."""
        assert self.process is not None
        self.process.send_signal(signal.Signals[self.image.said["STOPSIGNAL"]])
        out, errors = self.process.communicate(timeout=15)
        return self.process.returncode, out, errors

    def _as_the_container(self) -> dict[str, Any]:
        own = self.image.machine.own
        environment = {name: own(value) for name, value in {**self.image.environment, **self.settings}.items()}
        return {
            "cwd": self.image.machine.path(self.image.folder),
            "env": {"PATH": os.defpath, **environment},
            "text": True,
            **other_user(),
        }
