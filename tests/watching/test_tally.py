"""What is gathered in memory comes to the same as what the library counts one by one."""

import random
import threading
from concurrent.futures import wait

import pytest
from prometheus_client import CollectorRegistry, Histogram

from console.metrics import TIMES, Tally
from console.serving.threads import Threads


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def samples(registry: CollectorRegistry, name: str) -> dict[str, float]:
    found = [one for family in registry.collect() for one in family.samples if family.name == name]
    return {f"{one.name.removeprefix(name)} {one.labels.get('le')}": one.value for one in found}


def test_a_flushed_tally_is_the_librarys_own_histogram(registry):
    tally = Tally("tally", "x", buckets=TIMES, registry=registry)
    library = Histogram("library", "x", buckets=TIMES, registry=registry)

    for seconds in (*TIMES, 0.0, 0.0003, 11.0, *(random.expovariate(100) for _ in range(100))):
        tally.observe(seconds)
        library.observe(seconds)
    tally.flush()
    tally.flush()

    counted, expected = samples(registry, "tally"), samples(registry, "library")
    created = {"_created None"}
    assert {name: counted[name] for name in counted.keys() - created} == pytest.approx(
        {name: expected[name] for name in expected.keys() - created}
    )


def test_threads_lose_no_observation(registry):
    tally = Tally("tally", "x", buckets=TIMES, registry=registry)

    def observe() -> None:
        for _ in range(2000):
            tally.observe(0.001)

    threads = [threading.Thread(target=observe) for _ in range(4)]
    for one in threads:
        one.start()
    while any(one.is_alive() for one in threads):
        tally.flush()
    tally.flush()

    assert samples(registry, "tally")["_count None"] == 8000


def test_threads_say_how_much_they_have_to_do():
    threads, go = Threads(1, "test"), threading.Event()

    given = [threads.submit(go.wait, 10) for _ in range(3)]

    assert threads.under_way == 3
    go.set()
    wait(given)
    threads.shutdown()
    assert threads.under_way == 0
