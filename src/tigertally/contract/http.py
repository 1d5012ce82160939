"""The operations of the contract: ``openapi.yaml``, read once, and held against requests.

contract = load_contract()
problems = contract.problems_of_body("login", body)
if problems:
fields = spoken(problems, language)     # the ``fields`` of an ``invalid_request``
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, cast, get_args

from tigertally.contract.files import read_contract_file
from tigertally.contract.parameters import Lookup, Parameters
from tigertally.contract.schema import Problems, RequestSchema

FORM: Final = "multipart/form-data"
"""How files are sent; all other bodies are JSON."""

Protection = Literal["open", "half", "access", "fresh", "service"]
Proof = Literal["none", "origin", "token"]
Lane = Literal["loop", "common", "password", "pictures", "files", "provider"]
Part = Literal[
    "accounts",
    "sessions",
    "events",
    "files",
    "providers",
    "admin",
    "docs",
    "health",
    "metrics",
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one address, as the contract has it.

    ``protection`` says who may call: anyone (``open``), the holder of either token (``half``), of
    a valid access token (``access``), or of one minted by entering the password (``fresh``), or
    another service by its own key (``service``).
    ``proof`` says what a browser must show besides its cookies. ``none``: nothing. ``origin``: the
    answer sets cookies only for a page of ours. ``token``: a request with cookies must come from a
    page of ours, and carry the session's CSRF token. ``permission`` is what the caller's roles must
    give; ``None`` asks for none.
    ``notice`` is the text that ``message`` speaks, ``None`` for answers without one. ``body_type``
    is the media type of the body: ``application/json``, or ``multipart/form-data`` where there is a
    file in it. ``lane`` says which threads of the server do the work. ``part`` is the part of the
    API that an embedding application takes, or leaves out, as a whole.
    """

    operation_id: str
    method: str
    path: str
    protection: Protection
    proof: Proof
    permission: str | None
    lane: Lane
    part: Part
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
    """The contract. ``load_contract`` returns the one there is.

    Every method raises ``KeyError`` for an operation that the contract does not have.
    """

    document: Mapping[str, object]
    operations: Mapping[str, Operation]
    _bodies: Mapping[str, RequestSchema] = field(repr=False)
    _queries: Mapping[str, Parameters] = field(repr=False)
    _headers: Mapping[str, Parameters] = field(repr=False)

    def prepare(self) -> None:
        """Compile all schemas now rather than at the first request of each kind."""
        for schema in self._bodies.values():
            schema.prepare()
        for parameters in (*self._queries.values(), *self._headers.values()):
            parameters.prepare()

    def problems_of_body(self, operation_id: str, body: object) -> Problems:
        """Return what is wrong with a body, as ``json.loads`` returned it; None is no body at all.

        Of a form, each file stands as some text. Members that the contract does not know are
        ignored, and no problem repeats a value.
        """
        operation = self.operations[operation_id]
        if not operation.takes_body or (body is None and not operation.needs_body):
            return {}
        return self._bodies[operation_id].problems(body)

    def values_of_body(self, operation_id: str, body: object) -> dict[str, Any]:
        """Return the members of a body that the contract knows: no other may reach a handler.

        What ``problems_of_body`` finds fault with must not come here.
        """
        found = self._bodies.get(operation_id)
        return {} if found is None else found.declared(body)

    def problems_of_query(self, operation_id: str, query: Lookup) -> Problems:
        """Return what is wrong with the query parameters that the contract knows."""
        return self._queries[operation_id].problems(query)

    def values_of_query(self, operation_id: str, query: Lookup) -> dict[str, str | int | bool]:
        """Return the query parameters as their own types, with the defaults of those left out.

        What ``problems_of_query`` finds fault with must not come here.
        """
        return self._queries[operation_id].values(query)

    def problems_of_headers(self, operation_id: str, headers: Lookup) -> Problems:
        """Return what is wrong with the request headers that the contract knows."""
        return self._headers[operation_id].problems(headers)

    def inlined(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Return a part of the document with every ``$ref`` in it replaced by what it names."""
        return cast("dict[str, Any]", _inlined(self.document, node))


@cache
def load_contract() -> Contract:
    """Return the contract, read at the first call (about 50 ms).

    Raises ``ValueError`` or ``KeyError`` if the file is not whole, which no release is.
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
        _queries={key: Parameters(raw, "query") for key, (_, raw) in raws.items()},
        _headers={key: Parameters(raw, "header") for key, (_, raw) in raws.items()},
    )


_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in (each for each in item if each in _METHODS):
            raw = _inlined(document, item[method])
            yield _operation(method.upper(), path, raw), raw


def _operation(method: str, path: str, raw: Mapping[str, Any]) -> Operation:
    protection: Protection = _one_of(Protection, raw, "x-protection")
    return Operation(
        operation_id=raw["operationId"],
        method=method,
        path=path,
        protection=protection,
        proof=_proof(method, protection, raw),
        permission=_permission(protection, raw),
        lane=_one_of(Lane, raw, "x-lane"),
        part=_one_of(Part, raw, "x-part"),
        notice=raw.get("x-notice"),
        error_codes=frozenset(raw["x-error-codes"]),
        statuses=frozenset(int(status) for status in raw["responses"]),
        body_type=next(iter(raw.get("requestBody", {}).get("content", ())), None),
        needs_body=raw.get("requestBody", {}).get("required", False),
    )


def _proof(method: str, protection: Protection, raw: Mapping[str, Any]) -> Proof:
    """Return what a browser must show. Raises ValueError for less than the operation needs.

    Cookies prove no intent: a browser sends them with requests that any site made.
    """
    proof: Proof = _one_of(Proof, raw, "x-proof")
    needed: Proof = "none"
    if protection != "open" and method != "GET":
        needed = "token"
    elif "delivery" in _members_of_body(raw):
        needed = "origin"
    if proof != needed:
        raise ValueError(f"{raw['operationId']}: x-proof is {proof!r}; it must be {needed!r}")
    return proof


def _permission(protection: Protection, raw: Mapping[str, Any]) -> str | None:
    """Return the permission. Raises ValueError where nobody's roles would be known."""
    permission: str | None = raw.get("x-permission")
    if permission is not None and protection not in {"access", "fresh"}:
        raise ValueError(f"{raw['operationId']}: x-permission needs a valid access token")
    return permission


def _members_of_body(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the members of all bodies that an operation takes."""
    content = raw.get("requestBody", {}).get("content", {})
    return {
        name: member
        for each in content.values()
        for name, member in each["schema"].get("properties", {}).items()
    }


def _one_of(vocabulary: object, raw: Mapping[str, Any], name: str) -> Any:
    """Return a member whose words are a closed list. Raises ValueError for any other word."""
    if raw.get(name) not in get_args(vocabulary):
        known = ", ".join(get_args(vocabulary))
        raise ValueError(f"{raw['operationId']}: {name} is {raw.get(name)!r}; use one of {known}")
    return raw[name]


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
