"""`/metrics` of a real server, as Prometheus reads it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support.servers import Server

PATIENCE = 10.0


@dataclass(frozen=True)
class Scrape:
    """What one scrape brought."""

    text: str

    @cached_property
    def families(self) -> dict[str, Metric]:
        """The metrics by their names, those of counters with `_total`, as Prometheus stores them."""
        parsed = text_string_to_metric_families(self.text)
        return {f"{one.name}_total" if one.type == "counter" else one.name: one for one in parsed}

    @property
    def samples(self) -> list[Sample]:
        return [sample for family in self.families.values() for sample in family.samples]

    def labels(self) -> dict[str, set[str]]:
        """The labels that each series has, by the series' name."""
        found: dict[str, set[str]] = {}
        for sample in self.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
        return found

    def value(self, name: str, **labels: str) -> float:
        """The sum of all series of that name that have these labels."""
        return sum(one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items())


def ask(server: Server, source: str = "127.0.0.1", **headers: str) -> httpx.Response:
    """`/metrics` as a client of this address gets it, on a connection of its own."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), base_url=server.url) as client:
        return client.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})


def scrape(server: Server, source: str = "127.0.0.1") -> Scrape:
    """A scrape from this address."""
    answer = ask(server, source)
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


def scrape_once(server: Server, condition: Callable[[Scrape], bool], source: str = "127.0.0.1") -> Scrape:
    """The first scrape of which `condition` is true: a worker tells each second what it counted."""
    end = time.monotonic() + PATIENCE
    while not condition(found := scrape(server, source)):
        assert time.monotonic() < end, found.text
        time.sleep(0.1)
    return found
