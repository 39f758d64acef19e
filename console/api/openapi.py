"""The API described in OpenAPI 3.1, made of the table of calls: the structs that read requests, the types of answers.

A call that is registered is described, without another word."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import msgspec
from django.utils import translation

from console.api.errors import GATEWAY
from console.api.glossary import meaning
from console.api.routes import Route, registered
from keys.errors import KmsError

Schema = dict[str, Any]
JSON = "application/json"
REFS = "#/components/schemas/{name}"
_PLACE = re.compile(r"\{(\w+)\}")
_CODES = {"type": "string", "examples": ["KMS.0308"]}
_MESSAGE = {"type": "string", "description": "What happened and what to do, in English."}
_REFUSALS: Schema = {
    "Refusal": {
        "type": "object",
        "description": "A refusal by the service.",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"error_code": _CODES, "error_msg": _MESSAGE},
                "required": ["error_code", "error_msg"],
                "additionalProperties": False,
            }
        },
        "required": ["error"],
        "additionalProperties": False,
    },
    "GatewayRefusal": {
        "type": "object",
        "description": "A refusal before any service is asked: who calls is not known, or what is called isn't.",
        "properties": {
            "error_code": {"type": "string", "examples": ["APIGW.0301"]},
            "error_msg": _MESSAGE,
            "request_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
        "required": ["error_code", "error_msg", "request_id"],
        "additionalProperties": False,
    },
}
_SECURITY: Schema = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "A token of POST /v3/auth/tokens.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=… by an access key, with X-Sdk-Date.",
    },
}


@cache
def describe(address: str) -> Schema:
    """The description of every registered call of the server at this address; calls don't change, so it is kept."""
    with translation.override("en"):
        return _described(address)


def _described(address: str) -> Schema:
    routes = sorted(registered(), key=lambda route: (route.path, route.method))
    types = list(dict.fromkeys([*(route.request for route in routes), *(answer_of(route) for route in routes)]))
    schemas, components = msgspec.json.schema_components(types, ref_template=REFS)
    known = dict(zip(types, schemas, strict=True))
    paths: Schema = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known, components)
    for name in {_name(known[route.request]) for route in routes}:
        _explain(components, name)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Key Management Service",
            "version": "1.0",
            "description": "Keys, data keys, signatures and MACs, and the identity calls that go with them.",
        },
        "servers": [{"url": address}],
        "paths": paths,
        "components": {"schemas": {**components, **_REFUSALS}, "securitySchemes": _SECURITY},
    }


def answer_of(route: Route) -> Any:
    """The type of a call's answer."""
    if route.shape is not None:
        return route.shape
    return get_type_hints(route.answer).get("return", dict[str, Any])


def group_of(route: Route) -> str:
    """The group that a call is listed in: the service, by the part of its path that tells."""
    if not route.is_offered:
        return "Not offered"
    return next((group for part, group in _GROUPS.items() if part in route.path), "Versions")


_GROUPS = {
    "/kms/": "Key Management",
    "/keystores": "Key Management",
    "/enterprise-projects": "Enterprise projects",
    "/traces": "Traces",
    "/v3/": "Identity",
    "/v3.0/": "Identity",
}


def operation_id(route: Route) -> str:
    """A name of its own for each call: method and path."""
    path = route.path.removeprefix("/v1.0/{project_id}/kms")
    return "-".join([route.method.lower(), *re.findall(r"[\w.]+", path)]).replace("_", "-")


def _operation(route: Route, known: dict[Any, Schema], components: Schema) -> Schema:
    places = _PLACE.findall(route.path)
    owner = _name(known[route.request])
    struct = components[owner]
    properties: Schema = {name: one for name, one in struct["properties"].items() if name not in places}
    required = [name for name in struct.get("required", []) if name not in places]
    parameters = [_parameter(owner, name, "path", {"type": "string"}, is_required=True) for name in places]
    operation: Schema = {
        "operationId": operation_id(route),
        "summary": str(route.summary) or route.trace,
        "tags": [group_of(route)],
        "security": [] if route.is_open else [{"token": []}, {"signature": []}],
    }
    if route.action:
        operation["x-action"] = route.action
    if route.method == "GET":
        parameters += [
            _parameter(owner, name, "query", one, is_required=name in required) for name, one in properties.items()
        ]
    elif properties:
        body = known[route.request]
        if len(properties) < len(struct["properties"]):
            fields = {name: _explained(owner, name, one) for name, one in properties.items()}
            body = {"type": "object", "properties": fields, "required": required}
        operation["requestBody"] = {"required": bool(required), "content": {JSON: {"schema": body}}}
    if parameters:
        operation["parameters"] = parameters
    return {**operation, "responses": _responses(route, known)}


def _parameter(owner: str, name: str, place: str, schema: Schema, *, is_required: bool) -> Schema:
    explained = _explained(owner, name, schema)
    described = explained.pop("description", "")
    if place == "path":
        explained.setdefault("minLength", 1)
    return {
        "name": name,
        "in": place,
        "required": is_required,
        **({"description": described} if described else {}),
        "schema": explained,
    }


def _responses(route: Route, known: dict[Any, Schema]) -> Schema:
    success: Schema = {"description": "Done."}
    if route.status != 204:
        success["content"] = {JSON: {"schema": known[answer_of(route)]}}
    refusals: dict[int, set[str]] = {}
    for error in _all(KmsError):
        if error.status not in _REASONS:
            continue  # one of the console's alone
        form = "GatewayRefusal" if issubclass(error, GATEWAY) else "Refusal"
        refusals.setdefault(error.status, set()).add(form)
    answers: Schema = {str(route.status): success} if route.is_offered else {}
    for status, forms in sorted(refusals.items()):
        refs = [{"$ref": REFS.format(name=form)} for form in sorted(forms)]
        schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
        answers[str(status)] = {"description": _REASONS[status], "content": {JSON: {"schema": schema}}}
    return answers


_REASONS = {
    400: "The request, or the state of what it is about, doesn't allow this; error_code says why.",
    401: "Signature, token or password are not valid.",
    403: "The caller's roles don't permit the action, or the project is another's.",
    404: "There is no such thing in this project.",
    405: "The path doesn't take this method.",
    429: "Too many attempts from this address failed, or the user makes too many calls: wait `Retry-After` seconds.",
    500: "The server failed; request_id or X-Request-Id finds the reason in its log.",
    503: "The database can't be reached, or did not confirm: try again after `Retry-After` seconds.",
}


def _all(error: type[KmsError]) -> Iterator[type[KmsError]]:
    yield error
    for one in error.__subclasses__():
        yield from _all(one)


def _explain(components: Schema, name: str) -> None:
    fields = components[name]["properties"]
    components[name]["properties"] = {field: _explained(name, field, one) for field, one in fields.items()}


def _explained(owner: str, field: str, schema: Schema) -> Schema:
    return {**schema, **meaning(field, owner)}


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
