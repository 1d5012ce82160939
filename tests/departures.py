"""How an answer departs from the contract, in words for a developer."""

from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Any, Final

from jsonschema import ValidationError
from jsonschema.protocols import Validator

from tigertally.contract.http import Operation, load_contract
from tigertally.contract.texts import Text, load_catalogue
from tigertally.contract.validation import strict_validator

ANYWHERE: Final = frozenset({"busy"})
"""Codes that any operation may answer, whatever it lists."""


def operation_at(method: str, path: str) -> Operation:
    """Return the operation of a method and a path template like `/api/auth/sessions/{id}`."""
    for each in load_contract().operations.values():
        if (each.method, each.path) == (method.upper(), path):
            return each
    raise KeyError(f"{method.upper()} {path}")


def placeholders(text: Text) -> frozenset[str]:
    """Return the names that `say` must be given."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text.en) if name is not None)


def problems_of_response(operation_id: str, status: int, body: object) -> list[str]:
    """Return how an answer departs from the contract, in words for a developer.

    `body` is what `json.loads` returned; of answers that are not JSON only the status counts.
    """
    operation = load_contract().operations[operation_id]
    if isinstance(body, dict) and body.get("code") in ANYWHERE:
        return problems_of_error(status, body)
    if status not in operation.statuses:
        return [f"{operation_id} does not answer {status}"]
    validator = _validator(operation_id, status)
    found = [] if validator is None else list(_departures(validator, body))
    if found or status < 400 or not isinstance(body, dict) or "code" not in body:
        return found
    if body["code"] not in operation.error_codes:
        found.append(f"{operation_id} does not answer {body['code']}")
    return found + _wrong_evidence(status, body)


def problems_of_error(status: int, body: object) -> list[str]:
    """Return how an error departs from the contract, of whatever address."""
    schema = load_contract().inlined({"$ref": "#/components/schemas/Error"})
    found = list(_departures(strict_validator(schema), body))
    return found if found or not isinstance(body, dict) else _wrong_evidence(status, body)


@cache
def _validator(operation_id: str, status: int) -> Validator | None:
    operation = load_contract().operations[operation_id]
    paths: Any = load_contract().document["paths"]
    answer = load_contract().inlined(
        paths[operation.path][operation.method.lower()]["responses"][str(status)]
    )
    found = answer.get("content", {}).get("application/json")
    return strict_validator(found["schema"]) if found else None


def _departures(validator: Validator, body: Any) -> Iterator[str]:
    for error in validator.iter_errors(body):
        for each in _closest(error):
            where = ".".join(str(part) for part in each.absolute_path) or "the answer"
            yield f"{where}: {each.message}"


def _closest(error: ValidationError) -> list[ValidationError]:
    """Return what the alternative that fits best complains of, or the error itself."""
    branches: dict[object, list[ValidationError]] = {}
    for each in error.context or ():
        branches.setdefault(each.schema_path[0], []).append(each)
    return min(branches.values(), key=len) if branches else [error]


_ALWAYS = frozenset({"code", "message", "status", "hint"})
"""Members that an answer with any code may have."""

_SOMETIMES_OF_ONE_FIELD = frozenset({"unsupported_media_type"})
"""Errors that are about the whole body as well: then they name no field."""


def _wrong_evidence(status: int, body: Mapping[str, Any]) -> list[str]:
    entry = load_catalogue().error(body["code"])
    found = [
        f"{entry.code} may not carry {name}"
        for name in sorted(body.keys() - entry.evidence - _ALWAYS)
    ]
    if "fields" in entry.evidence - body.keys() and entry.code not in _SOMETIMES_OF_ONE_FIELD:
        found.append(f"{entry.code} must carry fields")
    if not status == body["status"] == entry.status:
        found.append(f"{entry.code} is {entry.status}, not {status} with {body['status']} inside")
    return found
