"""What a machine's user needs, and what the trail says of him: which volume, which image, opened or refused."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.disks.conftest import Commands
from tests.support.kubernetes import Account
from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [pytest.mark.engines, pytest.mark.needs("cryptsetup", "qemu-img", "qemu-storage-daemon", "fusermount3")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vol.luks"


def test_a_service_user_needs_a_grant_of_two_operations_and_no_role(
    server: Server, account: dict[str, Any], commands: Commands, path: Path, sdk: Sdk
) -> None:
    key = sdk.new_key()
    sdk.create_alias(key_id=key, alias="alias/disks")
    user, given = Account(server, account).service_user()
    own = replace(commands.settings, access_key=given["KMS_ACCESS_KEY"], secret_key=given["KMS_SECRET_KEY"])
    machine = replace(commands, settings=own)

    before = machine.attempt("volume", "create", path, "1M", "--key", "alias/disks")
    sdk.create_grant(key_id=key, grantee_principal=user, operations=["create-datakey", "decrypt-datakey"])
    machine.volume("create", path, "1M", "--key", "alias/disks")
    machine.volume("rekey", path)
    machine.volume("open", path)
    machine.volume("close", path)
    wrapping = machine.attempt("volume", "rekey", path, "--wrap-only")

    assert [before[0], wrapping[0]] == [5, 5]
    assert "kms:dek:create" in before[1]
    assert "kms:cmk:crypto" in wrapping[1]


def test_the_trail_says_which_volume_and_which_image_was_opened_or_refused(
    server: Server, commands: Commands, path: Path, sdk: Sdk
) -> None:
    key, image = sdk.new_key(), path.with_name("img.qcow2")
    path.with_name("plain.raw").write_bytes(bytes(1 << 16))
    commands.volume("create", path, "1M", "--key", key)
    commands.image("encrypt", path.with_name("plain.raw"), image, "--key", key)
    sdk.disable_key(key_id=key)
    commands.attempt("volume", "open", path)
    commands.attempt("image", "decrypt", image, path.with_name("back.raw"))

    query = "SELECT name, status, detail FROM console_trace WHERE resource_id = %s AND LOWER(name) LIKE %s ORDER BY at"
    found = server.read(query, key, "%datakey")
    told = [
        (name, status, (detail if isinstance(detail, dict) else json.loads(detail))["used_for"])
        for name, status, detail in found
    ]
    assert [(name, status, used["kind"]) for name, status, used in told] == [
        ("createDataKey", 200, "volume"),
        ("createDataKey", 200, "image"),
        ("decryptDatakey", 400, "volume"),
        ("decryptDatakey", 400, "image"),
    ]
    assert {used["name"].partition(" (")[0] for _, _, used in told} == {"vol.luks", "img.qcow2"}
    assert all(uuid.UUID(used["name"].partition(" (")[2].rstrip(")")) for _, _, used in told)
    assert told[0][2] == told[2][2] != told[1][2] == told[3][2]
