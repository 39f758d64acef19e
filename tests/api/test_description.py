"""The API's description: made of the calls themselves, whole, and no secret."""

import json
from pathlib import Path
from typing import get_origin

import pytest
from django.test import Client

from console.api.openapi import answer_of, describe, operation_id
from console.api.routes import Route, registered

SNAPSHOT = Path(__file__).with_name("openapi.json")
SERVER = "http://localhost:8000"


def test_the_description_is_the_one_that_was_looked_at() -> None:
    """`make describe` renews the snapshot; look at what changed."""
    assert describe(SERVER) == json.loads(SNAPSHOT.read_text())


def test_everybody_may_read_it(client: Client) -> None:
    answer = client.get("/api/openapi.json")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.0"
    assert {*answer.json()["components"]["securitySchemes"]} == {"token", "signature"}


@pytest.mark.parametrize("route", registered(), ids=operation_id)
def test_every_call_is_described_by_itself(route: Route) -> None:
    described = describe(SERVER)["paths"][route.path][route.method.lower()]

    assert described["summary"] != route.trace
    assert {"400", "401", "403", "404", "500", "503"} <= {*described["responses"]}
    assert (str(route.status) in described["responses"]) == route.is_offered
    assert described["security"] == ([] if route.is_open else [{"token": []}, {"signature": []}])
    done = described["responses"].get(str(route.status), {})
    assert ("content" in done) == (route.is_offered and route.status != 204)


def test_no_two_calls_have_the_same_name() -> None:
    names = [operation_id(route) for route in registered()]

    assert len(names) == len({*names})


def test_the_types_of_answers_are_known() -> None:
    """A `dict` says nothing, be it declared or what stands for the unknown."""
    unknown = [route.path for route in registered() if get_origin(answer_of(route)) is dict]

    assert unknown == []


def test_required_fields_are_those_without_which_the_call_is_refused() -> None:
    schemas = describe(SERVER)["components"]["schemas"]

    assert schemas["CreateKeyRequest"]["required"] == ["key_alias"]
    assert schemas["EncryptDataRequest"]["required"] == ["key_id", "plain_text"]
    assert schemas["RotationIntervalRequest"]["properties"]["rotation_interval"]["minimum"] == 30
