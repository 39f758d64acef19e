"""docs/integrations/kubernetes.md, followed on a node of a control plane: from the sources to a plug-in that serves as
its unit says, asked by `--check` and as kube-apiserver asks."""

import os
import re
import resource
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.confinement import Confinement, Unit
from tests.support.docs_pages import DOCS, FOLDERS, Machine, follow
from tests.support.kubernetes import Account, ApiServer
from tests.support.servers import ROOT, Server
from tests.support.tools import ENGINES

pytestmark = [pytest.mark.engines, pytest.mark.needs("systemd-analyze")]
PAGE = "integrations/kubernetes.md"
NODE = ("/opt/kms-kubernetes", "/etc/kms-kubernetes", "/run/kms-kubernetes", "/etc/kubernetes")


class Node:
    """A machine with the page's folders, and what stands for its service."""

    def __init__(self, root: Path) -> None:
        self.machine = Machine(root, folders=(*FOLDERS, *NODE))
        self.socket = self.machine.path("/run/kms-kubernetes/kms.sock")
        self.machine.environment["KMS_SOCKET"] = str(self.socket)
        self.process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        """The page's two lines without a network: grpcio, protobuf, pip and setuptools are those of .venv-engines."""
        folder = self.machine.path("/opt/kms-kubernetes")
        python = folder / "bin" / "python"
        subprocess.run([ENGINES / "bin" / "python", "-m", "venv", "--without-pip", folder], check=True)
        site = next(folder.glob("lib/*/site-packages"))
        (site / "engines.pth").write_text(str(next(ENGINES.glob("lib/*/site-packages"))))
        packages = [self.machine.root / name for name in ("kms-engines", "kms-kubernetes")]
        for package in packages:  # copies, since pip builds in them
            shutil.copytree(ROOT / "integrations" / package.name, package)
        options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *options, *packages], check=True)

    def start(self, account: Account) -> None:
        """What `systemctl enable --now` comes back from."""
        file = self.machine.path("/etc/kms-kubernetes/plugin.env")
        assert file.stat().st_mode & 0o777 == 0o600
        text = file.read_text()
        for name, value in account.settings.items():
            text, number = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            assert number == 1, name
        lines = [line.partition("=") for line in text.splitlines() if line and line[0] != "#"]
        unit = Unit(self.machine.own((DOCS / "deploy/kms-kubernetes.service").read_text()))
        assert unit.words("EnvironmentFile") == [str(file)]
        self.socket.parent.chmod(int(unit.words("RuntimeDirectoryMode")[0], 8))
        confinement = Confinement.of(unit)

        def confine() -> None:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            confinement.begin()

        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(f"\0{file}")
            notices.settimeout(30)
            self.process = subprocess.Popen(
                unit.words("ExecStart"),
                env={
                    "PATH": os.defpath,
                    "KMS_SOCKET": str(self.socket),
                    "NOTIFY_SOCKET": f"@{file}",
                    **{name: value for name, _, value in lines},
                },
                umask=int(unit.words("UMask")[0], 8),
                preexec_fn=confine,  # noqa: PLW1509 - no thread of the tests holds a lock that it takes
                stderr=subprocess.DEVNULL,
            )
            assert notices.recv(100) == b"READY=1"

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(10) == 0


def test_the_page_leads_to_a_plug_in_that_seals(server: Server, tmp_path: Path) -> None:
    account, node, api_server = Account.of(server), Node(tmp_path), ApiServer()
    try:
        printed = follow(
            PAGE,
            node.machine,
            {"python3 -m venv": node.install, "cp /opt/kms/docs/deploy": lambda: node.start(account)},
        )
        sealed = api_server.encrypt(node.socket, b"seed")
        assert api_server.decrypt(node.socket, sealed) == b"seed"
        status = Path(f"/proc/{node.process.pid}/status").read_text() if node.process else ""
    finally:
        api_server.close()
        node.stop()

    assert f"ok {account.key_id}:v1\n" in printed
    assert sealed.key_id == f"{account.key_id}:v1"
    assert re.search(r"NoNewPrivs:\s1\n.*Seccomp:\s2\n", status, re.DOTALL)
    configuration = node.machine.path("/etc/kubernetes/encryption/configuration.yaml").read_text()
    assert re.findall(r"(?:apiVersion|endpoint): (v2|unix:.*)", configuration) == [
        "v2",
        f"unix://{NODE[2]}/kms.sock",
    ]
