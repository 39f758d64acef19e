"""docs/deploy/Containerfile: an image that serves as a user without rights, and writes to its volume alone.

Carried out step by step (tests/support/containerfiles.py), from a bundle, whose wheels need no network."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from console import VERSION
from tests.support.bundles import IS_ROOT, OTHER_USER, place, unpack
from tests.support.containerfiles import Container, build, instructions_of
from tests.support.docs_pages import DOCS
from tests.support.servers import PATIENCE, free_port
from tests.support.signing import signed_headers

pytestmark = pytest.mark.xdist_group("packages")
USER = OTHER_USER if IS_ROOT else os.geteuid()
CONTAINERFILE = DOCS / "deploy/Containerfile"


@pytest.fixture(scope="module")
def built():
    """The image of a bundle, its files closed to whoever runs it."""
    folder = place() / "container"
    context = unpack(folder / "context")
    (context / "data").mkdir()
    (context / "data/root.key").write_text("no image has it")
    image = build(CONTAINERFILE, context, folder / "stages", VERSION=VERSION)
    shutil.rmtree(context)
    shutil.rmtree(folder / "stages/build")
    if not IS_ROOT:
        subprocess.run(["chmod", "-R", "a-w", image.machine.path("/opt/kms")], check=True)
    return image


@pytest.fixture(scope="module")
def owner(built):
    """User and group of the image's folder for the volume."""
    found = built.machine.path("/var/lib/kms").stat()
    return found.st_uid, found.st_gid


@pytest.fixture
def volume(built, owner):
    """A new volume, which gets the owner of the image's folder."""
    path = built.machine.path("/var/lib/kms")
    shutil.rmtree(path)
    path.mkdir(mode=0o700)
    os.chown(path, *owner)
    return path


@pytest.fixture
def root_key():
    """A root key as a secret that is mounted, in a folder of its own: nobody may write it."""
    folder = Path(tempfile.mkdtemp(dir=place()))
    folder.chmod(0o755)
    path = folder / "root.key"
    path.write_bytes(base64.b64encode(os.urandom(32)))
    if IS_ROOT:
        os.chown(path, OTHER_USER, OTHER_USER)
    path.chmod(0o400)
    return path


@pytest.fixture
def container(built, volume, root_key):
    """Such a container; whatever runs in the end is killed."""
    one = Container(built, {"PORT": str(free_port()), "HOST": "127.0.0.1", "ROOT_KEY_FILE": str(root_key)})
    yield one
    if one.process is not None:
        one.process.kill()


def wait_until_healthy(container):
    end = time.monotonic() + PATIENCE
    while container.health() != 0:
        assert time.monotonic() < end
        assert container.process.poll() is None, container.process.communicate()


def names(image):
    """All files of an image but its volume's."""
    root, volume = image.machine.root, image.machine.path("/var/lib/kms")
    return {path for path in root.rglob("*") if not path.is_relative_to(volume)}


def test_it_serves_keeps_its_keys_from_container_to_container_and_ends_with_exit_code_0(container, built, volume):
    url, before = f"http://127.0.0.1:{container.settings['PORT']}", names(built)
    assert container.health() != 0

    container.start()
    wait_until_healthy(container)
    made = json.loads(container.execute(".venv/bin/python", "manage.py", "createaccount", "acme").stdout)
    key_id = create_key(url, made)
    page = httpx.get(f"{url}/sign-in")
    code, said, errors = container.stop()

    assert page.status_code == 200
    assert (code, container.health() != 0) == (0, True)
    assert f"Password:  {(volume / 'initial-password').read_text()}" in said
    assert "Traceback" not in errors

    container.start()
    wait_until_healthy(container)

    assert describe_key(url, made, key_id) == key_id
    assert container.stop()[0] == 0
    assert names(built) == before


def call(url, made, verb, content):
    project = made["projects"][0]["id"]
    body = json.dumps(content).encode()
    target = f"/v1.0/{project}/kms/{verb}"
    host = url.removeprefix("http://")
    key = made["access_key"]
    headers = signed_headers(key["ak"], key["sk"], "POST", target, body, host=host)
    return httpx.post(url + target, content=body, headers=headers).raise_for_status().json()


def create_key(url, made):
    return call(url, made, "create-key", {"key_alias": "of-a-container"})["key_info"]["key_id"]


def describe_key(url, made, key_id):
    return call(url, made, "describe-key", {"key_id": key_id})["key_info"]["key_id"]


def test_who_serves_is_not_root_and_may_write_nothing_of_the_image(container, built):
    tried = container.execute(
        "sh", "-c", "id -u; for folder in . console .venv; do touch $folder/x && echo wrote; done"
    )

    assert built.said["USER"] == f"{OTHER_USER}:{OTHER_USER}"
    assert tried.stdout.split() == [str(USER)]


def test_the_image_holds_the_program_and_nothing_of_its_makers(built):
    program = built.machine.path("/opt/kms")
    packages = {one.name for one in program.glob(".venv/lib/*/site-packages/*")}

    assert {one.name for one in program.iterdir()} == {
        ".venv",
        "console",
        "keys",
        "manage.py",
        "static",
        "templates",
    }
    assert not packages & {"pip", "setuptools", "pytest", "mypy"}
    assert list(program.glob("console/__pycache__/settings.*.pyc"))


def test_the_image_says_its_version_port_and_volume(built):
    assert f'org.opencontainers.image.version="{VERSION}"' in built.said["LABEL"]
    assert built.said["EXPOSE"] == built.environment["PORT"] == "8000"
    assert built.said["VOLUME"] == built.environment["DATA_DIR"] == "/var/lib/kms"
    assert built.environment["HOST"] == "0.0.0.0"  # noqa: S104 - it compares, and opens nothing


def test_data_of_the_folder_that_it_is_built_in_never_gets_into_a_layer():
    copied = [rest for word, rest in instructions_of(CONTAINERFILE.read_text()) if word == "COPY"]

    assert not [rest for rest in copied if {".", "*", "data"} & {*rest.split()[:-1]}]


def refusal(container):
    container.start()
    out, errors = container.process.communicate(timeout=30)
    assert (container.process.returncode, out) == (1, "")
    return errors.strip().splitlines()[-1]


def test_a_volume_of_another_user_is_refused_with_the_number_that_it_needs(container, volume):
    if IS_ROOT:
        os.chown(volume, 0, 0)
    volume.chmod(0o755 if IS_ROOT else 0o500)

    said = refusal(container)

    assert f"The folder {volume} can't be written by the server's user, number {USER}" in said


def test_a_root_key_out_of_reach_is_refused_with_the_number_that_it_needs(container, root_key):
    root_key.parent.chmod(0o700 if IS_ROOT else 0)

    said = refusal(container)

    assert f"The root key file {root_key} can't be read (Permission denied)" in said
    assert f"number {USER}" in said
