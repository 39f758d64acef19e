"""Generated requests against a live server, as the API's description has them: no failure, no answer unlike it.

`make fuzz` sends ten times as many."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.api.openapi import describe, operation_id
from console.api.routes import Route, registered
from tests.support.servers import Server, plain_http

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "500"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
VARIED = [route for route in registered() if "{" in route.path or route.request.__struct_fields__]
EACH = -(-REQUESTS // len(VARIED))  # what takes nothing is asked once


@pytest.fixture(scope="module")
def fuzzed(server: Server) -> dict[str, Any]:
    """An account, its token, the address of the server, and the description."""
    account = server.create_account("fuzzed", enterprise=True)
    project = account["projects"][0]["id"]
    user = {"name": account["user"]["name"], "password": account["user"]["password"], "domain": {"name": "fuzzed"}}
    identity = {"methods": ["password"], "password": {"user": user}}
    asked = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    answer = plain_http.post(f"{server.url}/v3/auth/tokens", json=asked)
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    schema = schemathesis.openapi.from_dict(describe(server.url))
    given = {"url": server.url, "headers": headers, "project": project, "user": account["user"]["id"], "schema": schema}
    return given | {"key": ask(given, "create-key", key_alias="fuzzed")["key_info"]["key_id"]}


def ask(fuzzed: dict[str, Any], verb: str, **fields: str) -> Any:
    address = f"{fuzzed['url']}/v1.0/{fuzzed['project']}/kms/{verb}"
    return plain_http.post(address, json=fields, headers=fuzzed["headers"]).json()


@pytest.mark.parametrize("route", registered(), ids=operation_id)
def test_no_request_breaks_the_server_or_the_description(route: Route, fuzzed: dict[str, Any]) -> None:
    for verb in ("cancel-key-deletion", "enable-key"):  # whatever the tests before it did
        ask(fuzzed, verb, key_id=fuzzed["key"])
    described = fuzzed["schema"][route.path][route.method]
    requests = described.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if route.request.__struct_fields__:
        requests |= described.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(9)
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests)
    def try_it(case: schemathesis.Case[Any]) -> None:
        # The caller's own project and, every other time, a key that there is: a random one ends at the door.
        for fields in (case.path_parameters, case.body):
            if not isinstance(fields, dict):
                continue
            if "project_id" in fields:
                fields["project_id"] = fuzzed["project"]
            for name in {"key_id", "resource_id", "target_key_id"} & fields.keys():
                if len(str(fields)) % 2:
                    fields[name] = fuzzed["key"]
            if "grantee_principal" in fields and len(str(fields)) % 3:
                fields["grantee_principal"] = fuzzed["user"]
        case.call_and_validate(base_url=fuzzed["url"], headers=fuzzed["headers"], checks=CHECKS)

    try_it()
