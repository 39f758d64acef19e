"""Object storage: Ceph's gateway, whose objects' keys come from here, by boto3, rclone and the cloud's own OBS SDK
(docs/integrations/object-storage.md)."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.engines import ceph
from tests.engines.client import Client, Refused
from tests.engines.project import Project, ServiceUser

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs(*ceph.PROGRAMS, "rclone"),
    pytest.mark.xdist_group("object store"),
]
BUCKET = "bucket"
MARKER = "what nobody may find"
TEXT = MARKER * 50
ARN = f"arn:aws:s3::{ceph.OWNER}:{BUCKET}"
DEFAULT_KEY = "obs%2Fdefault"
"""How the gateway takes the name of a default key, a slash being none of its own."""


class Keys(NamedTuple):
    """A key of the project, and the service user who is granted its data keys."""

    key: str
    user: ServiceUser


@pytest.fixture(scope="module")
def store(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ceph.Ceph]:
    with ceph.object_store(tmp_path_factory.mktemp("ceph"), project.kms) as one:
        yield one


@pytest.fixture(scope="module")
def s3(store: ceph.Ceph) -> Iterator[Client]:
    client = Client("s3", store.client_settings)
    client.make_bucket(bucket=BUCKET)
    yield client
    client.close()


@pytest.fixture(scope="module")
def obs(store: ceph.Ceph, s3: Client) -> Iterator[Client]:
    client = Client("obs_sdk", store.client_settings)
    yield client
    client.close()


@pytest.fixture(scope="module")
def made(project: Project) -> Keys:
    key = project.new_key()
    return Keys(key, project.service_user(key, service="obs"))


@pytest.fixture
def keys(made: Keys, store: ceph.Ceph) -> Keys:
    """The same key for all tests; the gateway shows the token of its user."""
    store.show_token(made.user.token)
    return made


@pytest.fixture
def name() -> str:
    """Of an object of the test's own."""
    return f"object-{uuid.uuid4().hex}"


def rclone(store: ceph.Ceph, *arguments: str) -> None:
    """Run it; Refused with what it said where it fails."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_S3_PROVIDER": "Ceph",
        "RCLONE_S3_ENDPOINT": store.url,
        "RCLONE_S3_ACCESS_KEY_ID": store.access_key,
        "RCLONE_S3_SECRET_ACCESS_KEY": store.secret_key,
    }
    once = ("--retries=1", "--low-level-retries=1")
    done = subprocess.run(
        ["rclone", *once, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise Refused("rclone", done.stderr)


def refusal(call: Callable[..., object], **fields: object) -> str:
    """What a client says of a call that is refused."""
    with pytest.raises(Refused) as refused:
        call(**fields)
    return refused.value.text


# What is stored


def test_what_is_stored_is_ciphertext_and_without_a_key_the_text_itself(
    s3: Client, store: ceph.Ceph, keys: Keys, name: str
) -> None:
    said = s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)
    s3.put(bucket=BUCKET, name=f"clear-{name}", text=TEXT)

    assert said == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": keys.key}
    assert s3.get(bucket=BUCKET, name=name) == TEXT
    stored = store.stored(name)
    assert len(stored) == len(TEXT)
    assert stored.count(MARKER.encode()) == 0
    assert store.stored(f"clear-{name}").count(MARKER.encode()) == 50


def test_the_same_text_twice_is_stored_as_two_ciphertexts(s3: Client, store: ceph.Ceph, keys: Keys, name: str) -> None:
    for number in (1, 2):
        s3.put(bucket=BUCKET, name=f"{name}-{number}", text=TEXT, key=keys.key)

    assert store.stored(f"{name}-1") != store.stored(f"{name}-2")


def test_a_large_object_goes_in_parts_and_comes_back_whole(s3: Client, store: ceph.Ceph, keys: Keys, name: str) -> None:
    sent = s3.upload_in_parts(bucket=BUCKET, name=name, megabytes=12, key=keys.key)

    assert s3.download(bucket=BUCKET, name=name) == sent
    assert len(store.stored(name)) == 12 << 20


def test_the_obs_sdk_puts_and_gets(obs: Client, store: ceph.Ceph, keys: Keys, name: str) -> None:
    said = obs.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)

    assert said == {"encryption": "aws:kms", "key": keys.key}
    assert obs.get(bucket=BUCKET, name=name) == TEXT
    assert MARKER.encode() not in store.stored(name)


def test_rclone_copies_a_folder_there_and_back(
    s3: Client, store: ceph.Ceph, keys: Keys, name: str, tmp_path: Path
) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.mkdir()
    for file in ("one.txt", "two.txt"):
        (there / file).write_text(TEXT)

    encryption = ("--s3-server-side-encryption=aws:kms", f"--s3-sse-kms-key-id={keys.key}")
    rclone(store, *encryption, "copy", str(there), f":s3:{BUCKET}/{name}")
    rclone(store, "copy", f":s3:{BUCKET}/{name}", str(back))

    assert {path.name: path.read_text() for path in back.iterdir()} == {"one.txt": TEXT, "two.txt": TEXT}
    assert MARKER.encode() not in store.stored(name)
    with_key_disabled = tmp_path / "refused"
    store.show_token("none")
    with pytest.raises(Refused):
        rclone(store, "copy", f":s3:{BUCKET}/{name}", str(with_key_disabled))
    assert not with_key_disabled.exists()


def test_the_default_key_serves_by_its_name(
    s3: Client, store: ceph.Ceph, project: Project, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=DEFAULT_KEY)

    assert s3.get(bucket=BUCKET, name=name) == TEXT
    assert MARKER.encode() not in store.stored(name)
    # Only of the service that the user is of.
    assert "Failed to retrieve" in refusal(s3.put, bucket=BUCKET, name=name, text=TEXT, key="rds%2Fdefault")
    store.show_token(project.service_user().token)
    assert "Failed to retrieve" in refusal(s3.get, bucket=BUCKET, name=name)


def test_a_copy_inside_the_store_is_not_encrypted_by_this_gateway(
    s3: Client, store: ceph.Ceph, keys: Keys, name: str
) -> None:
    """The page says so, and what to do instead."""
    s3.put(bucket=BUCKET, name=f"clear-{name}", text=TEXT)

    assert s3.copy(bucket=BUCKET, name=f"clear-{name}", to=name, key=keys.key) is None
    assert MARKER.encode() in store.stored(name)


# Who may, and when


def test_a_disabled_key_refuses_at_once_and_opens_again_when_it_is_enabled(
    s3: Client, obs: Client, project: Project, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)

    with project.disabled(keys.key):
        said = [refusal(client.get, bucket=BUCKET, name=name) for client in (s3, obs)]
        said += [refusal(client.put, bucket=BUCKET, name="n", text=TEXT, key=keys.key) for client in (s3, obs)]

    assert all("InvalidArgument" in one and keys.key in one for one in said), said
    assert {client.get(bucket=BUCKET, name=name) for client in (s3, obs)} == {TEXT}


def test_the_trail_says_which_object_was_written_and_read_and_by_whom(
    s3: Client, project: Project, store: ceph.Ceph, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)
    s3.get(bucket=BUCKET, name=name)
    with project.disabled(keys.key):
        refusal(s3.get, bucket=BUCKET, name=name)

    used_for = {"kind": "object", "name": f"{ARN}/{name}"}
    assert project.uses(keys.key, "createDataKey")[0] == (keys.user.id, used_for, "")
    assert project.uses(keys.key, "decryptDatakey")[:2] == [
        (keys.user.id, used_for, "KMS.0209"),
        (keys.user.id, used_for, ""),
    ]


def test_of_many_objects_at_once_each_comes_back_and_is_in_the_trail(
    s3: Client, project: Project, keys: Keys, name: str
) -> None:
    back = s3.put_and_get_many(bucket=BUCKET, name=name, number=40, key=keys.key)

    assert back == [f"text {number}" for number in range(40)]
    for call in ("createDataKey", "decryptDatakey"):
        names = {used_for["name"] for _user, used_for, _code in project.uses(keys.key, call)}
        assert {f"{ARN}/{name}-{number}" for number in range(40)} <= names


def test_the_console_says_when_the_gateway_asked_and_what_the_key_is_used_for(
    s3: Client, project: Project, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)

    for address in (f"kms/services/obs?user={keys.user.id}", f"kms/keys/{keys.key}/used-by"):
        assert f"{ARN}/{name}" in project.page(address)


def test_a_key_that_the_service_user_was_not_granted_is_refused(
    s3: Client, project: Project, neighbour_project: Project, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)
    others = [project.new_key(), neighbour_project.new_key(), str(uuid.uuid4())]

    said = [refusal(s3.put, bucket=BUCKET, name=f"{name}-2", text=TEXT, key=other) for other in others]

    assert all("Failed to retrieve the actual key" in one for one in said), said
    assert s3.get(bucket=BUCKET, name=name) == TEXT


def test_a_key_of_another_account_serves_as_long_as_its_owner_lets_it(
    s3: Client, neighbour_project: Project, keys: Keys, name: str
) -> None:
    theirs = neighbour_project.new_key()
    neighbour_project.grant(theirs, keys.user)

    s3.put(bucket=BUCKET, name=name, text=TEXT, key=theirs)

    assert s3.get(bucket=BUCKET, name=name) == TEXT
    with neighbour_project.disabled(theirs):
        assert theirs in refusal(s3.get, bucket=BUCKET, name=name)


def test_another_service_user_reads_nothing(
    s3: Client, store: ceph.Ceph, project: Project, neighbour_project: Project, keys: Keys, name: str
) -> None:
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=keys.key)

    for other in (project.service_user(project.new_key(), service="obs"), neighbour_project.service_user()):
        store.show_token(other.token)
        assert keys.key in refusal(s3.get, bucket=BUCKET, name=name)


def test_a_token_that_was_deleted_opens_nothing_any_more(
    s3: Client, store: ceph.Ceph, project: Project, name: str
) -> None:
    key = project.new_key()
    user = project.service_user(key)
    store.show_token(user.token)
    s3.put(bucket=BUCKET, name=name, text=TEXT, key=key)

    project.take_tokens(user)

    assert "AccessDenied" in refusal(s3.get, bucket=BUCKET, name=name)
