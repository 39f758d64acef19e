"""Rotation and aliases when many ask at once, on a real server with SQLite and with PostgreSQL."""

import base64
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
MANY = 16


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """The results of calls that begin together; of a refused one its code."""
    start = Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except ClientRequestException as refusal:
            return refusal.error_code

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(begin, works))


def version_of(sealed: str) -> int:
    """The key version that a ciphertext's header names."""
    return int.from_bytes(base64.b64decode(sealed)[18:22], "big")


@pytest.fixture
def sdk(server: Server) -> Sdk:
    return Sdk(server, server.create_account(f"racer-{uuid.uuid4().hex[:8]}"))


def test_a_date_makes_one_version_whoever_is_first(server: Server, sdk: Sdk) -> None:
    key_id = sdk.new_key()
    sdk.enable_key_rotation(key_id=key_id)
    before = sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text
    past = "UPDATE keys_key SET rotates_at = '2020-01-01 00:00:00+00:00' WHERE id = %s"
    server.execute(past, key_id.replace("-", ""))

    answers = at_once(
        *[lambda: sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text] * MANY,
        *[lambda: server.manage("sweep")] * 3,
    )

    assert {version_of(one) for one in answers[:MANY]} == {2}
    assert sdk.show_key_rotation_status(key_id=key_id).number_of_rotations == 1
    assert {sdk.decrypt_data(cipher_text=one).plain_text for one in (before, *answers[:MANY])} == {"secret"}


def test_16_rotations_on_demand_make_16_versions_while_others_encrypt(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    answers = at_once(
        *[lambda: sdk.rotate_on_demand(key_id=key_id).key_id] * MANY,
        *[lambda: sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text] * MANY,
    )

    assert answers[:MANY] == [key_id] * MANY
    status = sdk.show_key_rotation_status(key_id=key_id)
    assert (status.number_of_rotations, len(status.key_materials)) == (MANY, MANY + 1)
    assert {sdk.decrypt_data(cipher_text=one).plain_text for one in answers[MANY:]} == {"secret"}
    assert version_of(sdk.encrypt_data(key_id=key_id, plain_text="x").cipher_text) == MANY + 1


def test_a_storm_of_switches_rotations_and_states_leaves_a_legal_key(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="secret").cipher_text
    calls = ["enable_key_rotation", "disable_key_rotation", "rotate_on_demand", "disable_key", "enable_key"]

    answers = at_once(*[lambda call=call: getattr(sdk, call)(key_id=key_id) for call in calls * 4])

    codes = Counter(one for one in answers if isinstance(one, str))
    assert set(codes) <= {"KMS.2901", "KMS.0313", "KMS.0209", "KMS.1201", "KMS.1301"}
    if sdk.list_key_detail(key_id=key_id).key_info.key_state == "3":
        sdk.enable_key(key_id=key_id)
    status = sdk.show_key_rotation_status(key_id=key_id)
    assert len(status.key_materials) == status.number_of_rotations + 1
    assert sdk.decrypt_data(cipher_text=sealed).plain_text == "secret"


def test_one_alias_goes_to_one_key_and_no_key_gets_more_than_50(sdk: Sdk) -> None:
    keys = [sdk.new_key() for _ in range(4)]
    answers = at_once(
        *[lambda key_id=key_id: sdk.create_alias(key_id=key_id, alias="alias/wanted").key_id for key_id in keys * 4]
    )
    assert Counter(one for one in answers if one.startswith("KMS")) == {"KMS.1104": 15}

    for number in range(45):
        sdk.create_alias(key_id=keys[0], alias=f"alias/{number}")
        sdk.create_alias(key_id=keys[1], alias=f"alias/{100 + number}")
    room = 50 - len(sdk.list_aliases(key_id=keys[0]).body[0].aliases)
    answers = at_once(
        *[
            lambda number=number: sdk.create_alias(key_id=keys[0], alias=f"alias/n{number}").key_id
            for number in range(8)
        ],
        *[
            lambda number=number: sdk.associate_alias(alias=f"alias/{100 + number}", target_key_id=keys[0]).key_id
            for number in range(8)
        ],
    )

    assert Counter(answers) == {keys[0]: room, "KMS.0308": 16 - room}
    assert len(sdk.list_aliases(key_id=keys[0]).body[0].aliases) == 50


def test_aliases_swapped_from_both_sides_end_somewhere_legal(sdk: Sdk) -> None:
    left, right = sdk.new_key(), sdk.new_key()
    sdk.create_alias(key_id=left, alias="alias/a")
    sdk.create_alias(key_id=right, alias="alias/b")

    answers = at_once(
        *[
            lambda alias=alias, target=target: sdk.associate_alias(alias=alias, target_key_id=target).key_id
            for alias in ("alias/a", "alias/b")
            for target in (left, right)
        ]
        * 4,
        *[lambda: sdk.encrypt_data(key_id="alias/a", plain_text="x").key_id] * 4,
        *[lambda: sdk.delete_alias(key_id=left, aliases=["alias/a", "alias/b"])],
    )

    assert set(answers[:-1]) <= {left, right, "KMS.0207"}
    (found,) = sdk.list_aliases().body
    assert {one.key_id for one in found.aliases} <= {left, right}
