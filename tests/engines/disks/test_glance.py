"""IMS: the catalogue of images is Glance, which stores an encrypted image and what opens it, and never its content."""

import filecmp
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.engines.disks.conftest import Commands
from tests.support import tools
from tests.support.file_systems import copies_of, make_file_system
from tests.support.sdk import Sdk
from tests.support.servers import free_port, plain_http

pytestmark = [pytest.mark.engines, pytest.mark.needs("qemu-img")]
MARKER = b"the golden image of the year"
# In the place of Keystone, which would say so of whoever shows its token.
WHO = {
    "X-Identity-Status": "Confirmed",
    "X-Roles": "admin,member,reader",
    "X-Project-Id": "images",
    "X-User-Id": "builder",
}
SETTINGS = """
[DEFAULT]
enabled_backends = local:file
[glance_store]
default_backend = local
[local]
filesystem_store_datadir = {folder}/store
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks
[database]
connection = sqlite:///{folder}/glance.sqlite3
[paste_deploy]
config_file = {folder}/glance-api-paste.ini
"""


@pytest.fixture
def glance(tmp_path: Path) -> Iterator[str]:
    """The address of a Glance that keeps its images in `glance/store`."""
    folder, port = tmp_path / "glance", free_port()
    folder.mkdir()
    paste = (tools.ENGINES / "etc/glance/glance-api-paste.ini").read_text()
    pipeline = "\ndefault = cors http_proxy_to_wsgi versionnegotiation context rootapp\n# "
    (folder / "glance-api-paste.ini").write_text(paste.replace("\ndefault = ", pipeline))
    (folder / "glance-api.conf").write_text(SETTINGS.format(folder=folder))
    environment = {"PATH": os.defpath, "HOME": str(folder), "OS_GLANCE_CONFIG_DIR": str(folder)}
    programs = tools.ENGINES / "bin"
    with (folder / "log").open("w") as log:
        subprocess.run(
            [programs / "glance-manage", "--config-file", folder / "glance-api.conf", "db_sync"],
            env=environment,
            stdout=log,
            stderr=log,
            check=True,
        )
        serving = subprocess.Popen(
            [programs / "waitress-serve", "--listen", f"127.0.0.1:{port}", "glance.wsgi.api:application"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthcheck", serving)
            yield f"http://127.0.0.1:{port}"
        finally:
            serving.kill()
            serving.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None
        try:
            if plain_http.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def test_an_image_goes_through_glance_and_is_ciphertext_there(
    commands: Commands, glance: str, tmp_path: Path, sdk: Sdk
) -> None:
    plain, image, key = tmp_path / "plain.raw", tmp_path / "img.qcow2", sdk.new_key()
    (tmp_path / "root").mkdir()
    (tmp_path / "root/secret.txt").write_bytes(MARKER * 1000)
    with plain.open("wb") as file:
        file.truncate(8 << 20)
    make_file_system(plain, tmp_path / "root")
    commands.image("encrypt", plain, image, "--key", key)

    described = {
        "name": "golden",
        "disk_format": "qcow2",
        "container_format": "bare",
        "os_encrypt_format": "LUKSv1",
        "os_encrypt_cipher": "aes-256-xts",
        "os_encrypt_key_id": key,
        "kms_record": image.with_name("img.qcow2.json").read_text(),
    }
    made = plain_http.post(f"{glance}/v2/images", headers=WHO, json=described).json()
    binary = {**WHO, "Content-Type": "application/octet-stream"}
    stored = plain_http.put(f"{glance}{made['file']}", headers=binary, content=image.read_bytes(), timeout=60)

    assert stored.status_code == 204
    (at_rest,) = (tmp_path / "glance/store").iterdir()
    assert (copies_of(MARKER, plain) >= 1000, copies_of(MARKER, at_rest)) == (True, 0)
    found = plain_http.get(f"{glance}{made['self']}", headers=WHO).json()
    (tmp_path / "taken.qcow2").write_bytes(plain_http.get(f"{glance}{made['file']}", headers=WHO, timeout=60).content)
    (tmp_path / "taken.qcow2.json").write_text(found["kms_record"])
    commands.image("decrypt", tmp_path / "taken.qcow2", tmp_path / "back.raw")
    assert (found["status"], found["os_encrypt_key_id"]) == ("active", key)
    assert filecmp.cmp(plain, tmp_path / "back.raw", shallow=False)
