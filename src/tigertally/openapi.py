"""The HTTP contract at run time: `contract/openapi.yaml`, read once, and held against requests.

    contract = load_contract()
    problems = contract.problems_of_body("login", body)
    if problems:
        fields = spoken(problems, language)     # the `fields` of an `invalid_request`

Tests hold the answers against it as well, with `problems_of_response`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, cast, get_args

from jsonschema import ValidationError
from jsonschema.protocols import Validator

from tigertally.catalogue import Language, load_catalogue, read_contract_file
from tigertally.errors import FieldProblem
from tigertally.json_schema import Problems, RequestSchema, strict_validator

__all__ = [
    "ANYWHERE",
    "FORM",
    "Contract",
    "FieldProblem",
    "Lane",
    "Lookup",
    "Operation",
    "Problems",
    "Protection",
    "load_contract",
    "spoken",
]

FORM = "multipart/form-data"
"""How files are sent; all other bodies are JSON."""

Protection = Literal["open", "half", "access", "fresh"]
Lane = Literal["loop", "common", "password", "pictures", "files", "provider"]

ANYWHERE: Final = frozenset({"busy"})
"""Codes that any operation may answer, whatever it lists."""


class Lookup(Protocol):
    """Anything that answers one text by name, like `request.args` and `request.headers`."""

    def get(self, name: str, /) -> str | None:
        """Return the text of that name, or None."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one address, as the contract has it.

    `protection` says who may call: anyone (`open`), the holder of either token (`half`), of a valid
    access token (`access`), or of one minted by entering the password (`fresh`). `notice` is the
    text that `message` speaks, None for answers without one. `body_type` is the media type of the
    body that it takes: `application/json`, or `multipart/form-data` where there is a file in it.
    `lane` says which threads of the server do the work.
    """

    operation_id: str
    method: str
    path: str
    protection: Protection
    lane: Lane
    notice: str | None
    error_codes: frozenset[str]
    statuses: frozenset[int]
    body_type: str | None
    needs_body: bool

    @property
    def takes_body(self) -> bool:
        """Whether a body may come along."""
        return self.body_type is not None


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract. `load_contract` returns the one there is.

    Every method raises `KeyError` for an operation that the contract does not have.
    """

    document: Mapping[str, object]
    operations: Mapping[str, Operation]
    _bodies: Mapping[str, RequestSchema] = field(repr=False)
    _queries: Mapping[str, "_Parameters"] = field(repr=False)
    _headers: Mapping[str, "_Parameters"] = field(repr=False)
    _answers: Mapping[tuple[str, int], Validator] = field(repr=False)

    def operation(self, method: str, path: str) -> Operation:
        """Return the operation of a method and a path template like `/api/auth/sessions/{id}`."""
        for each in self.operations.values():
            if (each.method, each.path) == (method.upper(), path):
                return each
        raise KeyError(f"{method.upper()} {path}")

    def problems_of_body(self, operation_id: str, body: object) -> Problems:
        """Return what is wrong with a body, as `json.loads` returned it; None is no body at all.

        Of a form, each file stands as some text. Members that the contract does not know are
        ignored, and no problem repeats a value.
        """
        operation = self.operations[operation_id]
        if not operation.takes_body or (body is None and not operation.needs_body):
            return {}
        return self._bodies[operation_id].problems(body)

    def values_of_body(self, operation_id: str, body: object) -> dict[str, Any]:
        """Return the members of a body that the contract knows: no other may reach a handler.

        What `problems_of_body` finds fault with must not come here.
        """
        found = self._bodies.get(operation_id)
        return {} if found is None else found.declared(body)

    def problems_of_query(self, operation_id: str, query: Lookup) -> Problems:
        """Return what is wrong with the query parameters that the contract knows."""
        return self._queries[operation_id].problems(query)

    def values_of_query(self, operation_id: str, query: Lookup) -> dict[str, str | int | bool]:
        """Return the query parameters as their own types, with the defaults of those left out.

        What `problems_of_query` finds fault with must not come here.
        """
        return self._queries[operation_id].values(query)

    def problems_of_headers(self, operation_id: str, headers: Lookup) -> Problems:
        """Return what is wrong with the request headers that the contract knows."""
        return self._headers[operation_id].problems(headers)

    def problems_of_response(self, operation_id: str, status: int, body: object) -> list[str]:
        """Return how an answer departs from the contract, in words for a developer; for tests.

        `body` is what `json.loads` returned; of answers that are not JSON only the status counts.
        """
        operation = self.operations[operation_id]
        if isinstance(body, dict) and body.get("code") in ANYWHERE:
            return self.problems_of_error(status, body)
        if status not in operation.statuses:
            return [f"{operation_id} does not answer {status}"]
        validator = self._answers.get((operation_id, status))
        found = [] if validator is None else list(_departures(validator, body))
        if found or status < 400 or not isinstance(body, dict) or "code" not in body:
            return found
        if body["code"] not in operation.error_codes:
            found.append(f"{operation_id} does not answer {body['code']}")
        return found + _wrong_evidence(status, body)

    def problems_of_error(self, status: int, body: object) -> list[str]:
        """Return how an error departs from the contract, of whatever address; for tests."""
        schema = self.inlined({"$ref": "#/components/schemas/Error"})
        found = list(_departures(strict_validator(schema), body))
        return found if found or not isinstance(body, dict) else _wrong_evidence(status, body)

    def inlined(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Return a part of the document with every `$ref` in it replaced by what it names."""
        return cast("dict[str, Any]", _inlined(self.document, node))


@cache
def load_contract() -> Contract:
    """Return the contract, read and compiled at the first call (about 50 ms).

    Raises `ValueError` or `KeyError` if the file is not whole, which no release is.
    """
    document = read_contract_file("openapi.yaml")
    raws = {raw["operationId"]: (operation, raw) for operation, raw in _operations(document)}
    return Contract(
        document=MappingProxyType(document),
        operations=MappingProxyType({key: operation for key, (operation, _) in raws.items()}),
        _bodies={
            key: RequestSchema(raw["requestBody"]["content"][operation.body_type]["schema"])
            for key, (operation, raw) in raws.items()
            if operation.body_type is not None
        },
        _queries={key: _Parameters(raw, "query") for key, (_, raw) in raws.items()},
        _headers={key: _Parameters(raw, "header") for key, (_, raw) in raws.items()},
        _answers={
            (key, int(status)): strict_validator(answer["content"]["application/json"]["schema"])
            for key, (_, raw) in raws.items()
            for status, answer in raw["responses"].items()
            if "application/json" in answer.get("content", ())
        },
    )


def spoken(
    problems: Mapping[str, Sequence[FieldProblem]], language: Language
) -> dict[str, list[str]]:
    """Return problems in words: the `fields` of an error answer."""
    say = load_catalogue().text
    return {
        name: [say("fields", each.kind, language, **each.values) for each in found]
        for name, found in problems.items()
    }


_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in (each for each in item if each in _METHODS):
            raw = _inlined(document, item[method])
            yield _operation(method.upper(), path, raw), raw


def _operation(method: str, path: str, raw: Mapping[str, Any]) -> Operation:
    return Operation(
        operation_id=raw["operationId"],
        method=method,
        path=path,
        protection=_one_of(Protection, raw, "x-protection"),
        lane=_one_of(Lane, raw, "x-lane"),
        notice=raw.get("x-notice"),
        error_codes=frozenset(raw["x-error-codes"]),
        statuses=frozenset(int(status) for status in raw["responses"]),
        body_type=next(iter(raw.get("requestBody", {}).get("content", ())), None),
        needs_body=raw.get("requestBody", {}).get("required", False),
    )


def _one_of(vocabulary: object, raw: Mapping[str, Any], name: str) -> Any:
    """Return a member whose words are a closed list. Raises ValueError for any other word."""
    if raw.get(name) not in get_args(vocabulary):
        known = ", ".join(get_args(vocabulary))
        raise ValueError(f"{raw['operationId']}: {name} is {raw.get(name)!r}; use one of {known}")
    return raw[name]


class _Parameters:
    """The parameters of one operation in one place, `query` or `header`."""

    def __init__(self, raw: Mapping[str, Any], place: str) -> None:
        parameters = [each for each in raw.get("parameters", ()) if each["in"] == place]
        self._schemas = {each["name"]: each["schema"] for each in parameters}
        self._schema = RequestSchema(
            {
                "type": "object",
                "required": [each["name"] for each in parameters if each.get("required")],
                "properties": self._schemas,
            }
        )

    def problems(self, source: Lookup) -> Problems:
        return self._schema.problems(self._read(source))

    def values(self, source: Lookup) -> dict[str, str | int | bool]:
        defaults = {
            name: schema["default"] for name, schema in self._schemas.items() if "default" in schema
        }
        return defaults | self._read(source)

    def _read(self, source: Lookup) -> dict[str, str | int | bool]:
        sent = {name: source.get(name) for name in self._schemas}
        return {
            name: _typed(self._schemas[name]["type"], text)
            for name, text in sent.items()
            if text is not None
        }


def _typed(expected: str, text: str) -> str | int | bool:
    """Read a parameter as its type; what cannot be read stays text, for the schema to refuse."""
    if expected == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if expected == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _inlined(document: Mapping[str, Any], node: Any) -> Any:
    if isinstance(node, list):
        return [_inlined(document, each) for each in node]
    if not isinstance(node, Mapping):
        return node
    own = {key: _inlined(document, each) for key, each in node.items() if key != "$ref"}
    if "$ref" not in node:
        return own
    target: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    # OpenAPI 3.1 lets a reference carry its own description, which wins.
    return _inlined(document, target) | own


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
