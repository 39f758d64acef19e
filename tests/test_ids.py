"""Ids that grow with time are UUIDs all the same."""

import time
import uuid

from console.models.ids import growing_id


def test_ids_grow_with_time_and_are_uuids_of_version_7() -> None:
    began = time.time_ns() // 1_000_000
    made = []
    for _ in range(5):
        made.append(growing_id())
        time.sleep(0.002)

    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert began <= made[0].int >> 80 <= made[-1].int >> 80 <= time.time_ns() // 1_000_000


def test_no_two_are_the_same() -> None:
    assert len({growing_id() for _ in range(10_000)}) == 10_000
