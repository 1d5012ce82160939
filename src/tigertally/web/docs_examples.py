"""Examples for the docs page, composed of the examples in the contract."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tigertally.contract.http import FORM, Operation

BASE_URL: Final = "http://127.0.0.1:5000"
"""The service's address, if the operator did not set it."""

_ABSENT: Any = object()


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return an example of a schema without references. Members without examples are left out."""
    found = _example(schema)
    return {} if found is _ABSENT else found


def pretty(value: object) -> str:
    """Return a value as JSON for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def curl(operation: Operation, raw: Mapping[str, Any], *, base_url: str = BASE_URL) -> str:
    """Return the command that makes an example request; `raw` is the operation, inlined."""
    parts = [f"curl {_method(operation)}{_url(operation, raw, base_url)}"]
    if operation.protection != "open":
        parts.append(f'-H "Authorization: Bearer ${_token(operation)}"')
    if operation.needs_body:
        parts += _body(operation, raw["requestBody"]["content"][operation.body_type]["schema"])
    return " \\\n  ".join(parts)


def _body(operation: Operation, schema: Mapping[str, Any]) -> list[str]:
    if operation.body_type == FORM:
        return [f"-F '{name}=@tiger.jpg'" for name in schema["properties"]]
    return ["-H 'Content-Type: application/json'", f"-d '{pretty(example_of(schema))}'"]


def _method(operation: Operation) -> str:
    implied = "POST" if operation.needs_body else "GET"
    return "" if operation.method == implied else f"-X {operation.method} "


def _url(operation: Operation, raw: Mapping[str, Any], base_url: str) -> str:
    url, query = operation.path, []
    for parameter in raw.get("parameters", ()):
        example = str(example_of(parameter["schema"]))
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", example)
        elif parameter["in"] == "query" and parameter.get("required"):
            query.append(f"{parameter['name']}={example}")
    address = base_url + url + ("?" + "&".join(query) if query else "")
    return f"'{address}'" if query else address


def _token(operation: Operation) -> str:
    renews = operation.protection == "half" and "refresh" in operation.path
    return "REFRESH_TOKEN" if renews else "ACCESS_TOKEN"


def _example(schema: Mapping[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "oneOf" in schema:
        return _example(schema["oneOf"][0])
    if "properties" in schema:
        return dict(_members(schema))
    if "items" in schema:
        item = _example(schema["items"])
        return [] if item is _ABSENT else [item]
    return schema.get("default", _ABSENT)


def _members(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in schema.get("allOf", ()):
        yield from _members(part)
    for name, member in schema["properties"].items():
        example = _example(member)
        if example is not _ABSENT:
            yield name, example
