"""An example of each call, by curl and by the official SDK. Words in capitals stand for what the reader has."""

import json
from typing import Any

from console.api.glossary import meaning
from console.api.openapi import REFS, Schema
from console.api.routes import PROJECT, Route

_LOGIN = {
    "identity": {
        "methods": ["password"],
        "password": {"user": {"name": "USER", "password": "PASSWORD", "domain": {"name": "ACCOUNT"}}},
    },
    "scope": {"project": {"id": "PROJECT_ID"}},
}
_VALUES: dict[str, Any] = {"auth": _LOGIN}
_OF_THE_PROJECT = 'BasicCredentials(os.environ["KMS_AK"], os.environ["KMS_SK"], "{project_id}")'
_OF_THE_ACCOUNT = (
    'GlobalCredentials(os.environ["KMS_AK"], os.environ["KMS_SK"])\ncredentials.with_iam_endpoint("{endpoint}")'
)
# A package of the official SDK by the first part of a method's name; key management's needs none.
_CLIENTS = {
    "": ("huaweicloudsdkkms.v2", "KmsClient", _OF_THE_PROJECT),
    "cts": ("huaweicloudsdkcts.v3", "CtsClient", _OF_THE_PROJECT),
    "eps": ("huaweicloudsdkeps.v1", "EpsClient", _OF_THE_ACCOUNT),
    "iam": ("huaweicloudsdkiam.v3", "IamClient", _OF_THE_ACCOUNT),
}


def fields_of(route: Route, described: Schema, schemas: Schema) -> list[dict[str, Any]]:
    """Every field of a call: name, type, presence and meaning, those in the path first."""
    fields = [
        {"name": one["name"], "place": one["in"], "required": one["required"], **_told(one["schema"])}
        | {"description": one.get("description", "")}
        for one in described.get("parameters", [])
    ]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    body = schemas[body["$ref"].removeprefix(REFS.format(name=""))] if "$ref" in body else body
    for name, schema in body.get("properties", {}).items():
        fields.append({"name": name, "place": "body", "required": name in body.get("required", []), **_told(schema)})
    return fields


def values_of(route: Route, fields: list[dict[str, Any]]) -> dict[str, Any]:
    """What the example sends: what is required, and what its call is about."""
    own = dict(meaning(f"{route.method} {route.path.rpartition('/kms/')[2]}"))
    return {
        one["name"]: own.get(one["name"], _VALUES.get(one["name"], _first(one["name"])))
        for one in fields
        if (one["name"], one["place"]) != ("project_id", "path") and (one["required"] or one["name"] in own)
    }


def curl(route: Route, endpoint: str, project_id: str, fields: list[dict[str, Any]]) -> str:
    """A command for a shell, with the token in $TOKEN."""
    values = values_of(route, fields)
    places = {one["name"]: one["place"] for one in fields}
    address = endpoint + route.path.replace(PROJECT, project_id)
    for name, place in places.items():
        if place == "path" and name in values:
            address = address.replace(f"{{{name}}}", str(values[name]))
    query = "&".join(f"{name}={value}" for name, value in values.items() if places[name] == "query")
    lines = [f"curl -X {route.method} '{address}{f'?{query}' if query else ''}'"]
    if not route.is_open:
        lines.append('-H "X-Auth-Token: $TOKEN"')
    body = {name: value for name, value in values.items() if places[name] == "body"}
    if any(place == "body" for place in places.values()):
        text = json.dumps(body, indent=2).replace("PROJECT_ID", project_id)
        lines += ["-H 'Content-Type: application/json'", f"-d '{text}'"]
    if route.path == "/v3/auth/tokens":
        lines.insert(1, "-i")
    return " \\\n  ".join(lines)


def python(route: Route, endpoint: str, project_id: str, fields: list[dict[str, Any]]) -> str:
    """A program with the official SDK; nothing for a call that it doesn't know."""
    if not route.sdk:
        return ""
    values = values_of(route, fields)
    places = {one["name"]: one["place"] for one in fields}
    service, _dot, method = route.sdk.rpartition(".")
    package, client, credentials = _CLIENTS[service]
    fixed = {"version_id": route.path[1:]} if method == "show_version" else meaning(f"SDK {route.sdk}")
    arguments = [f"{name}={value!r}" for name, value in fixed.items()]
    arguments += [f"{name}={value!r}" for name, value in values.items() if places[name] != "body"]
    if any(place == "body" for place in places.values()):
        body = {name: value for name, value in values.items() if places[name] == "body"}
        arguments.append(f"body={body!r}")
    request = "".join(part.capitalize() for part in method.split("_")) + "Request"
    return f"""import os

from huaweicloudsdkcore.auth.credentials import {credentials.partition("(")[0]}
from {package} import {client}, {request}

credentials = {credentials.format(project_id=project_id, endpoint=endpoint)}
client = {client}.new_builder().with_credentials(credentials).with_endpoint("{endpoint}").build()
print(client.{method}({request}({", ".join(arguments).replace("PROJECT_ID", project_id)})))"""


def _first(name: str) -> Any:
    schema = meaning(name)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    return schema.get("minimum", name.upper())


def _told(schema: Schema) -> dict[str, Any]:
    kinds = schema.get("anyOf", [schema])
    names = [name for one in kinds for name in _types(one)]
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "≤ characters:"))
        if key in schema
    ]
    values = [str(one) for one in schema.get("enum", []) if one not in {None, ""}]
    return {
        "type": " | ".join(name for name in names if name != "null"),
        "limits": ", ".join(limits + values),
        "description": schema.get("description", ""),
    }


def _types(schema: Schema) -> list[str]:
    if "$ref" in schema:
        return [schema["$ref"].rpartition("/")[2]]
    types = schema.get("type", "any")
    return types if isinstance(types, list) else [types]
