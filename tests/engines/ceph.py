"""An object store on this machine: Ceph's monitor, one OSD that keeps all in memory, and a gateway, in a folder.

The gateway has docs/deploy/ceph.conf, with addresses and paths of the test's own; the rest of the cluster is as small
and quick as it can be.
"""

import re
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engines.kms import Kms, own, shipped
from tests.support.nodes import listens
from tests.support.servers import free_port
from tests.support.tools import program

PROGRAMS = ("ceph-mon", "ceph-osd", "rados", "radosgw")
PATIENCE = 60.0
OWNER = "store"
DATA = "default.rgw.buckets.data"
CAPABILITIES = {
    "mon.": ["--create-keyring", "--cap", "mon", "allow *"],
    "client.admin": ["--cap", "mon", "allow *", "--cap", "osd", "allow *"],
    "osd.0": ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"],
}


@dataclass
class Ceph:
    """The cluster in `folder`, whose gateway asks `kms`."""

    folder: Path
    kms: Kms
    access_key: str = "of-the-store"
    secret_key: str = "of-the-store-too"
    port: int = field(default_factory=free_port)
    _monitor: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    _fsid: str = field(default_factory=lambda: str(uuid.uuid4()))
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token_file(self) -> Path:
        return self.folder / "kms.token"

    def show_token(self, token: str) -> None:
        """Have the gateway show this token from now on."""
        self.token_file.touch(0o600)
        self.token_file.write_text(token)

    @property
    def client_settings(self) -> dict[str, str]:
        """What the clients in tests/engines/clients need to know."""
        return {"STORE": self.url, "STORE_AK": self.access_key, "STORE_SK": self.secret_key}

    @property
    def settings(self) -> Path:
        """The cluster's file."""
        return self.folder / "ceph.conf"

    def prepare(self) -> None:
        """Make its folders, and its file without the gateway's keys."""
        for name in ("mon", "osd/0", "rgw"):
            (self.folder / name).mkdir(parents=True)
        self.settings.write_text(self._cluster())

    def add_keys(self, text: str) -> None:
        """Write the shipped text behind what is there, with what is this gateway's own."""
        changes = {"/etc/ceph/kms.token": str(self.token_file), "require_ssl = true": "require_ssl = false"}
        with self.settings.open("a") as file:
            file.write(own(text, self.kms, "/etc/ceph/kms-ca.crt", changes))

    def start(self) -> None:
        """Start all three, and make a user of the store."""
        for name, capabilities in CAPABILITIES.items():
            self._run("ceph-authtool", "keyring", "--gen-key", "-n", name, *capabilities)
        self._run("monmaptool", "--create", "--add", "a", self._monitor, "--fsid", self._fsid, "monmap")
        # The OSD has its place from the beginning: ceph's own program would take a second to make it.
        self._run("osdmaptool", "--createsimple", "1", "osdmap")
        maps = ("--monmap", "monmap", "--osdmap", "osdmap", "--keyring", "keyring")
        self._run("ceph-mon", "-c", "ceph.conf", "-i", "a", "--mkfs", *maps)
        self._spawn("ceph-mon", "-i", "a")
        self._run("ceph-osd", "-c", "ceph.conf", "-i", "0", "--mkfs", "--osd-uuid", str(uuid.uuid4()))
        self._spawn("ceph-osd", "-i", "0")
        self._spawn("radosgw", "-n", "client.admin")
        self._wait_until_served()
        keys = ("--access-key", self.access_key, "--secret-key", self.secret_key)
        self._run(
            "radosgw-admin", "-c", "ceph.conf", "user", "create", f"--uid={OWNER}", "--display-name=of the store", *keys
        )

    def stop(self) -> None:
        """End all, by their ids: an OSD may not heed a gentler signal."""
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.wait(20)

    def stored(self, name: str) -> bytes:
        """All that is stored of the objects whose names begin with `name`, as it lies there."""
        found = self._run("rados", "-c", "ceph.conf", "-p", DATA, "ls").decode().splitlines()
        parts = [one for one in found if re.match(rf"[^_]+_(_multipart_|_shadow_)?{name}", one)]
        return b"".join(self._run("rados", "-c", "ceph.conf", "-p", DATA, "get", one, "-") for one in parts)

    def _cluster(self) -> str:
        return f"""[global]
fsid = {self._fsid}
mon_host = {self._monitor}
public_addr = 127.0.0.1
keyring = {self.folder}/keyring
mon_data = {self.folder}/mon
osd_data = {self.folder}/osd/$id
run_dir = {self.folder}
admin_socket =
log_file = {self.folder}/$name.log
osd_objectstore = memstore
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
objecter_tick_interval = 0.5
[client]
rgw_data = {self.folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{self.port} tcp_nodelay=1
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
"""

    def _run(self, name: str, *arguments: str) -> bytes:
        done = subprocess.run(
            [program(name) or name, *arguments], cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{name} {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout

    def _spawn(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.out").open("wb") as said:
            command = [program(name) or name, "-c", "ceph.conf", *arguments, "-f"]
            self._processes.append(
                subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            )

    def _wait_until_served(self) -> None:
        end = time.monotonic() + PATIENCE
        while not listens(self.port):
            if time.monotonic() > end or any(process.poll() is not None for process in self._processes):
                said = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.out"))
                raise RuntimeError(f"The object store does not answer: {said}")
            time.sleep(0.05)


@contextmanager
def object_store(folder: Path, kms: Kms) -> Iterator[Ceph]:
    """A store that is ready, and killed in the end, also where it did not become so."""
    one = Ceph(folder, kms)
    try:
        one.prepare()
        one.add_keys(shipped("ceph.conf"))
        one.start()
        yield one
    finally:
        one.stop()
