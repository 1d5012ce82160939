"""The content of the docs page, derived from the contract. The template only lays it out."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from tigertally.contract.http import FORM, Operation, load_contract
from tigertally.contract.languages import Language
from tigertally.contract.texts import Catalogue, Text, load_catalogue
from tigertally.web.docs_examples import BASE_URL, curl, example_of, pretty
from tigertally.web.docs_words import WORDS

_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a table: a parameter, or a member of an object.

    `mark` says whether it may be left out, unless that is obvious; `choices` are all allowed
    values; `link` is an anchor with details.
    """

    name: str
    mark: str | None
    kind: str
    choices: tuple[str, ...]
    link: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong together, with a title if there are several tables."""

    title: str | None
    rows: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation returns, with its error codes."""

    status: int
    description: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationView:
    """The part of the page about one operation."""

    operation: Operation
    summary: str
    description: str
    protection: str
    inputs: tuple[Table, ...]
    outputs: tuple[Table, ...]
    answers: tuple[Answer, ...]
    request_example: str
    answer_example: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    name: str
    title: str
    description: str
    operations: tuple[OperationView, ...]


@dataclass(frozen=True, slots=True)
class DataType:
    """An object that several answers contain."""

    name: str
    title: str
    table: Table
    example: str


class DocsView:
    """The page in one language."""

    def __init__(
        self,
        language: Language,
        *,
        base_url: str = BASE_URL,
        has: Callable[[Operation], bool] = lambda _: True,
    ) -> None:
        """``base_url`` is the address in examples: the public one, if the operator set it.

        ``has`` tells which operations there are.
        """
        self.language = language
        self._base_url = base_url
        self.catalogue: Catalogue = load_catalogue()
        self._contract = load_contract()
        self._document = cast("dict[str, Any]", self._contract.document)
        groups = (self._group(tag, has) for tag in self._document["tags"])
        self.groups: tuple[Group, ...] = tuple(group for group in groups if group.operations)
        self.data_types: tuple[DataType, ...] = tuple(
            self._data_type(name) for name in self._linked_types()
        )

    def word(self, key: str, **values: str | int) -> str:
        """Return a word of the page itself."""
        said = WORDS[key].say(self.language, **values)
        # Chinese puts a space beside Latin letters, and none between its own characters.
        return re.sub(r"(?<=[\u4e00-\u9fff）]) (?=[\u4e00-\u9fff])", "", said)

    def say(self, text: Text) -> str:
        """Return a text of the catalogue, its placeholders shown as they are."""
        return text.zh_cn if self.language == "zh-CN" else text.en

    def of(self, node: Mapping[str, object], key: str) -> str:
        """Return `title`, `summary`, `name` or `description` of a part of the document."""
        chinese = node.get(f"x-{key}-zh") if self.language == "zh-CN" else None
        return str(chinese or node.get(key, ""))

    @property
    def info(self) -> Mapping[str, object]:
        """The title, version and description of the contract."""
        return cast("Mapping[str, object]", self._document["info"])

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """The ways to send a token: the place in the request, and its meaning."""
        return tuple(
            (_way(scheme), self.of(scheme, "description"))
            for scheme in self._document["components"]["securitySchemes"].values()
        )

    def _group(self, tag: _Node, has: Callable[[Operation], bool]) -> Group:
        return Group(
            name=tag["name"],
            title=self.of(tag, "name").capitalize(),
            description=self.of(tag, "description"),
            operations=tuple(
                self._operation(operation, raw)
                for operation in self._contract.operations.values()
                if has(operation) and tag["name"] in (raw := self._raw(operation))["tags"]
            ),
        )

    def _raw(self, operation: Operation) -> dict[str, Any]:
        paths = self._document["paths"]
        return cast("dict[str, Any]", paths[operation.path][operation.method.lower()])

    def _operation(self, operation: Operation, raw: _Node) -> OperationView:
        inlined = self._contract.inlined(raw)
        success = next(iter(inlined["responses"].values()))["content"].get("application/json")
        return OperationView(
            operation=operation,
            summary=self.of(raw, "summary"),
            description=self.of(raw, "description"),
            protection=self.word(operation.protection),
            inputs=tuple(self._inputs(operation, raw)),
            outputs=tuple(self._outputs(raw)),
            answers=tuple(self._answers(inlined)),
            request_example=curl(operation, inlined, base_url=self._base_url),
            answer_example=self._answer_example(operation, success["schema"]) if success else None,
        )

    def _inputs(self, operation: Operation, raw: _Node) -> Iterator[Table]:
        parameters = [self._open(each)[1] for each in raw.get("parameters", ())]
        for place in ("path", "query", "header"):
            rows = tuple(self._parameter(each) for each in parameters if each["in"] == place)
            if rows:
                yield Table(self.word(place), rows)
        if operation.takes_body:
            title = "body" if operation.needs_body else "body_optional"
            title = "form" if operation.body_type == FORM else title
            schema = raw["requestBody"]["content"][operation.body_type]["schema"]
            yield Table(self.word(title), tuple(self._rows(schema, sent=True)))

    def _outputs(self, raw: _Node) -> Iterator[Table]:
        response = self._open(next(iter(raw["responses"].values())))[1]
        schema = response["content"].get("application/json", {}).get("schema", {})
        alternatives = [self._open(each)[1] for each in schema.get("oneOf", (schema,))]
        tables = [tuple(self._rows(each)) for each in alternatives]
        shared = tuple(row for row in tables[0] if all(row in table for table in tables))
        if shared:
            yield Table(self.word("result"), shared)
        for each, table in zip(alternatives, tables, strict=True):
            own = tuple(row for row in table if row not in shared)
            if own:
                yield Table(self.of(each, "title"), own)

    def _answers(self, inlined: _Node) -> Iterator[Answer]:
        for status, response in inlined["responses"].items():
            codes = tuple(
                code
                for code in inlined["x-error-codes"]
                if self.catalogue.error(code).status == int(status)
            )
            yield Answer(int(status), self.of(response, "description"), codes)

    def _answer_example(self, operation: Operation, schema: _Node) -> str:
        answer = example_of(schema)
        if operation.notice is not None:
            answer["message"] = self.say(self.catalogue.notices[operation.notice])
        return pretty(answer)

    def _linked_types(self) -> list[str]:
        operations = [each for group in self.groups for each in group.operations]
        rows = [row for each in operations for table in each.outputs for row in table.rows]
        found, coming = ["Error"], _types(rows)
        while coming:
            name = coming.pop(0)
            if name not in found:
                found.append(name)
                # A type may name others that no answer names by itself.
                coming += _types(self._rows({"$ref": f"#/components/schemas/{name}"}))
        return found

    def _data_type(self, name: str) -> DataType:
        reference = {"$ref": f"#/components/schemas/{name}"}
        schema = self._contract.inlined(reference)
        example = example_of(schema)
        if name == "Error":
            example["message"] = self.say(self.catalogue.reasons["replaced"])
        table = Table(None, tuple(self._rows(reference)))
        return DataType(name, self.of(schema, "title"), table, pretty(example))

    def _open(self, node: _Node) -> tuple[str | None, _Node]:
        """Follow the reference of a node. Return its name, and the target."""
        name = None
        while "$ref" in node:
            own = {key: value for key, value in node.items() if key != "$ref"}
            *path, name = node["$ref"].removeprefix("#/").split("/")
            target = self._document
            for part in (*path, name):
                target = target[part]
            node = {**target, **own}
        return name, node

    def _parameter(self, parameter: _Node) -> Field:
        _, schema = self._open(parameter["schema"])
        row = self._row(parameter["name"], schema)
        mark = self.word("required") if parameter.get("required") else None
        return replace(row, mark=mark, description=self.of(parameter, "description"))

    def _rows(self, node: _Node, *, prefix: str = "", sent: bool = False) -> Iterator[Field]:
        """List the members of an object. A `sent` object shows nested objects in place."""
        _, schema = self._open(node)
        for part in schema.get("allOf", ()):
            yield from self._rows(part, prefix=prefix, sent=sent)
        for name, member in schema.get("properties", {}).items():
            type_name, opened = self._open(member)
            linked = _anchor(type_name, opened) if not sent else None
            required = name in schema.get("required", ())
            row = replace(
                self._row(prefix + name, opened),
                mark=self.word("required" if sent else "at_times") if required == sent else None,
            )
            kind = self.of(opened, "title") if linked in _SECTIONS.values() else type_name
            yield replace(row, kind=str(kind), link=linked, choices=()) if linked else row
            if "properties" in opened and not linked:
                yield from self._rows(member, prefix=f"{prefix}{name}.", sent=sent)

    def _row(self, name: str, schema: _Node) -> Field:
        item_name, item = self._open(schema.get("items", {}))
        return Field(
            name=name,
            mark=None,
            kind=self._kind(schema),
            choices=tuple(
                str(each)
                for each in schema.get("enum", [schema["const"]] if "const" in schema else ())
                if each is not None
            ),
            link=_anchor(item_name, item),
            description=self.of(schema, "description"),
        )

    def _kind(self, schema: _Node) -> str:
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        own, *others = (each for each in types if each != "null")
        item_name, item = self._open(schema.get("items", {}))
        if own == "array":
            kind = self.word("list", items=item_name or self._kind(item))
        elif isinstance(schema.get("additionalProperties"), Mapping):
            kind = self.word("map", items=self._kind(schema["additionalProperties"]))
        elif schema.get("format") in WORDS:
            kind = self.word(schema["format"])
        else:
            kind = self.word("or").join(self.word(each) for each in (own, *others))
        kind = self.word("null", kind=kind) if "null" in types else kind
        return self.word("and").join([kind, *self._limits(schema)])

    def _limits(self, schema: _Node) -> Iterator[str]:
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        if high is not None and schema.get("format") == "binary":
            yield self.word("mebibytes", high=high // 2**20)
        elif high is not None and "enum" not in schema:
            key = "characters" if low else "up_to"
            yield self.word(key, high=high, **({"low": low} if low else {}))
        if "maximum" in schema:
            yield self.word("between", low=schema["minimum"], high=schema["maximum"])
        elif "minimum" in schema:
            yield self.word("at_least", low=schema["minimum"])
        if "default" in schema:
            yield self.word("default", value=str(schema["default"]).lower())


_SECTIONS = {"ErrorCode": "errors", "EndReason": "reasons", "EventName": "events"}


def _anchor(type_name: str | None, schema: _Node) -> str | None:
    if type_name in _SECTIONS:
        return _SECTIONS[type_name]
    return f"type-{type_name}" if type_name and "properties" in schema else None


def _types(rows: Iterable[Field]) -> list[str]:
    """Return the types that rows link to."""
    return [name for row in rows if row.link and (name := row.link.partition("type-")[2])]


def _way(scheme: _Node) -> str:
    if scheme["type"] == "http":
        return "Authorization: Bearer …"
    return f"Cookie: {scheme['name']}" if scheme["in"] == "cookie" else f"{scheme['name']}: …"
