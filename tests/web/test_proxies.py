"""Where a request came from: `X-Forwarded-For` counts as far as TRUSTED_PROXIES passed it on, and no further."""

import ipaddress
from typing import Any

import pytest
from django.test import Client

from console.access.addresses import source_address
from console.access.limits import LIMITS
from console.access.request import Request
from console.models import Trace
from console.serving.exchange import Exchange
from console.serving.scraping import is_asked
from tests.support.people import Person

PROXY, OTHER_PROXY, CLIENT = "10.0.0.1", "10.0.0.2", "203.0.113.9"


@pytest.fixture
def proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/30")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, "198.51.100.1", CLIENT),  # said by the client itself
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),  # what the client said stands before what the proxy says
        (PROXY, f"198.51.100.1, {CLIENT}, {OTHER_PROXY}", CLIENT),
        (PROXY, "", PROXY),
        (PROXY, " , ", PROXY),
        (PROXY, f"{CLIENT}, ", PROXY),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        (PROXY, f"{OTHER_PROXY}, {OTHER_PROXY}", OTHER_PROXY),
        (PROXY, "a" * 100, "a" * 45),
    ],
)
def test_only_what_trusted_proxies_say_counts(proxies: None, peer: str, forwarded: str, found: str) -> None:
    assert source_address(peer, forwarded) == found


def test_without_trusted_proxies_nothing_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []

    assert source_address("127.0.0.1", CLIENT) == "127.0.0.1"


def test_traces_of_pages_and_calls_have_the_address_that_counts(proxies: None, alice: Person) -> None:
    client = alice.client()
    for number, peer in enumerate((PROXY, CLIENT)):
        fields = {"alias": f"key-{number}", "key_spec": "AES_256"}
        header = {"X-Forwarded-For": "198.51.100.7"}
        client.post(f"/console/{alice.project.pk}/kms/keys/create", fields, headers=header, REMOTE_ADDR=peer)

    made = Trace.objects.filter(name="createKey").order_by("id").values_list("source_ip", flat=True)
    assert [*made] == ["198.51.100.7", CLIENT]
    assert Request("GET", "/", "", {"x-forwarded-for": "198.51.100.7"}, PROXY).source_ip == "198.51.100.7"
    assert Request("GET", "/", "", {"x-forwarded-for": "198.51.100.7"}, CLIENT).source_ip == CLIENT


def test_no_limit_is_passed_by_saying_another_address(settings: Any, alice: Person) -> None:
    settings.FAILURES_PER_MINUTE = 3
    for limit in LIMITS:
        limit.forget()
    fields = {"account": "northwind", "user": "northwind", "password": "wrong"}

    statuses = [
        Client().post("/sign-in", fields, headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(5)
    ]

    assert statuses == [422, 422, 422, 429, 429]


class Line:
    """A connection from an address."""

    def __init__(self, client: str) -> None:
        self.client, self.server = client, ("", 0)

    def send(self, *_: Any) -> None: ...


def test_metrics_are_not_opened_by_saying_another_address(proxies: None) -> None:
    for peer, forwarded in ((CLIENT, "127.0.0.1"), ("127.0.0.1", CLIENT), (PROXY, CLIENT)):
        exchange = Exchange(Line(peer))
        exchange.method, exchange.path = "GET", "/metrics"
        exchange.headers = {"x-forwarded-for": forwarded}

        assert not is_asked(exchange)
