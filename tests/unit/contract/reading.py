"""The contract as the tests read it."""

import re
from collections.abc import Iterator
from typing import Any

from tigertally.contract.http import load_contract
from tigertally.contract.texts import load_catalogue

CONTRACT = load_contract()
CATALOGUE = load_catalogue()
DOCUMENT: dict[str, Any] = dict(CONTRACT.document)
OPERATIONS = list(CONTRACT.operations.values())
WITH_BODY = [each.operation_id for each in OPERATIONS if each.takes_body]


def walk(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every mapping and value of a document with its path."""
    yield path, node
    if isinstance(node, dict):
        for key, each in node.items():
            yield from walk(each, f"{path}/{key}")
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from walk(each, f"{path}/{index}")


def raw(operation_id: str) -> dict[str, Any]:
    operation = CONTRACT.operations[operation_id]
    found = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return CONTRACT.inlined(found)


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema with a type of its own, and where it stands."""
    for path, node in walk(DOCUMENT):
        is_schema = "schema" in path and not re.search(r"/properties$|securitySchemes", path)
        if is_schema and isinstance(node, dict) and "type" in node:
            yield path, node
