"""docs/install.md, followed on a machine of its own: from a bundle to a confined service, and away again.

Where the page calls systemd, the unit's own line is run as systemd would: by another user, with the unit's settings,
under its filters of system calls, until it says that it is ready. A container is tests/packages/test_container.py."""

import json
import os
import re
import resource
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.support.bundles import IS_ROOT, NAME, OTHER_USER, bare_environment, bundle, other_user, place, python
from tests.support.confinement import Confinement, Unit
from tests.support.docs_pages import Machine, blocks_of, follow
from tests.support.servers import free_port

pytestmark = [pytest.mark.xdist_group("packages"), pytest.mark.needs("systemd-analyze")]


class Installation:
    """A machine on which the page's program lies, and what stands for its service."""

    def __init__(self) -> None:
        root = place() / "machine"
        (root / "opt/kms").mkdir(parents=True)
        tools = root / "usr/bin"
        tools.mkdir(parents=True)
        (tools / "python3").symlink_to(python())
        environment = bare_environment()
        self.machine = Machine(root, {**environment, "PATH": f"{tools}:{environment['PATH']}"})
        self.port = free_port()
        self.service: subprocess.Popen[bytes] | None = None
        self.found: dict[str, str] = {}

    def make_bundle(self) -> None:
        for one in (bundle(), bundle().with_name(f"{bundle().name}.sha256")):
            shutil.copy(one, self.machine.root)

    def as_root(self, beginning: str) -> None:
        """A block that gives files to the user kms: here another user, or this one."""
        block = block_of(beginning)
        text = re.sub(r"--(owner|group) (kms|10001)", rf"--\1 {OTHER_USER}" if IS_ROOT else "", block)
        self.machine.run(text)

    def as_kms(self, beginning: str) -> str:
        """A block for a shell of the user kms."""
        shell = f"bash -euo pipefail -c {shlex.quote(self.machine.own(block_of(beginning)))}"
        number = f"setpriv --reuid {OTHER_USER} --regid {OTHER_USER} --clear-groups " if IS_ROOT else ""
        return self.machine.run(number + shell)

    def start(self) -> None:
        """What `systemctl enable --now kms` comes back from."""
        own = self.machine.own
        settings = self.machine.path("/etc/kms/kms.env")
        settings.write_text(own(settings.read_text()).replace("8000", str(self.port)))
        unit = Unit(own(self.machine.path("/opt/kms/docs/deploy/kms.service").read_text()))
        data = self.machine.path("/var/lib/kms")
        data.chmod(int(unit.words("StateDirectoryMode")[0], 8))
        if IS_ROOT:
            os.chown(data, OTHER_USER, OTHER_USER)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(f"\0{settings}")
            notices.settimeout(120)
            self.service = start(unit, {"NOTIFY_SOCKET": f"@{settings}"})
            assert notices.recv(100) == b"READY=1"
        self.found["sign-in"] = httpx.get(f"http://127.0.0.1:{self.port}/sign-in").text
        self.found["status"] = Path(f"/proc/{self.service.pid}/status").read_text()

    def stop(self) -> None:
        """What `systemctl disable --now` waits for."""
        assert self.service is not None
        self.service.terminate()
        assert self.service.wait(10) == 0


def block_of(beginning: str) -> str:
    return next(one for one in blocks_of("install.md") if one.startswith(beginning))


def start(unit: Unit, more: dict[str, str]) -> subprocess.Popen[bytes]:
    """A unit's program, confined."""
    (settings,) = unit.words("EnvironmentFile")
    lines = [line.partition("=") for line in Path(settings).read_text().splitlines() if line and line[0] != "#"]
    confinement = Confinement.of(unit)

    def confine() -> None:
        for name in ("CORE", "NOFILE"):
            limit = min(int(unit.words(f"Limit{name}")[0]), resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1])
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))
        confinement.begin()

    with (place() / "service.log").open("ab") as log:
        return subprocess.Popen(
            unit.words("ExecStart"),
            cwd=unit.words("WorkingDirectory")[0],
            env={"PATH": os.defpath, **{name: value for name, _, value in lines}, **more},
            umask=int(unit.words("UMask")[0], 8),
            preexec_fn=confine,  # noqa: PLW1509 - no thread of the tests holds a lock that it takes
            stdout=subprocess.DEVNULL,
            stderr=log,
            **other_user(),
        )


def nothing() -> None:
    """What can't be done here: users and units of the machine itself, and containers."""


def test_the_page_leads_to_a_service_an_account_and_away_again():
    one = Installation()
    instead = {
        **dict.fromkeys(("apt-get", "useradd", "userdel", "podman run", "podman exec"), nothing),
        "cd /opt/kms\npodman build": nothing,
        "make bundle": one.make_bundle,
        "install --directory --mode 0700 --owner": lambda: one.as_root("install --directory --mode 0700 --owner"),
        "install --directory --mode 0700 /etc/kms": lambda: one.as_root("install --directory --mode 0700 /etc/kms"),
        "cp /opt/kms/docs/deploy/kms.service": one.start,
        "cd /opt/kms && set -a": lambda: one.as_kms("cd /opt/kms && set -a"),
        "cp /opt/kms/docs/deploy/kms-backup": nothing,
        "systemctl disable": one.stop,
    }
    try:
        printed = follow("install.md", one.machine, instead)
    finally:
        if one.service is not None:
            one.service.kill()

    account = json.loads(next(text for text in printed if text.startswith("{")))
    assert account["account"]["name"] == "acme"
    assert any(re.fullmatch(r"[A-Za-z0-9]{24}\n", text) for text in printed)
    assert any(f"{NAME}.tar.gz: OK" in text for text in printed)
    assert "Sign" in one.found["sign-in"]
    assert re.search(r"NoNewPrivs:\s1\n.*Seccomp:\s2\n", one.found["status"], re.DOTALL)
    assert not IS_ROOT or re.search(rf"Uid:\s{OTHER_USER}\s.*CapEff:\s0+\n", one.found["status"], re.DOTALL)
    assert not any(one.machine.path(name).exists() for name in ("/opt/kms", "/etc/kms", "/var/lib/kms"))
