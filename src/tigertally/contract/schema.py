"""JSON Schema (draft 2020-12) for input from strangers: what is wrong with it, field by field.

jsonschema does the work. What is added here: only what a schema declares is looked at, so deep
nesting costs nothing; no problem repeats a value; strings that no store can hold are refused;
``1.0`` and ``true`` are no integers, because the code behind would be handed a float or a bool.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tigertally.contract.languages import Language
from tigertally.contract.texts import load_catalogue
from tigertally.errors import FieldProblem

Schema = Mapping[str, Any]


Problems = dict[str, list[FieldProblem]]
"""Problems by the dotted name of the field; ``body`` is the input as a whole."""


def spoken(
    problems: Mapping[str, Sequence[FieldProblem]], language: Language
) -> dict[str, list[str]]:
    """Return problems in words: the ``fields`` of an error answer."""
    say = load_catalogue().text
    return {
        name: [say("fields", each.kind, language, **each.values) for each in found]
        for name, found in problems.items()
    }


class RequestSchema:
    """A schema that requests are held against; its references are resolved already.

    Raises ``ValueError`` for a keyword that has no text: no rule is added without its words.
    """

    def __init__(self, schema: Schema) -> None:
        _refuse_unspeakable(schema)
        self._schema = schema
        self._validator = strict_validator(schema)

    def problems(self, value: object) -> Problems:
        """Return what is wrong with ``value``, field by field; empty if nothing is.

        Members that the schema does not declare are ignored. ``value`` may be anything that
        ``json.loads`` returns.
        """
        found: defaultdict[str, list[FieldProblem]] = defaultdict(list)
        for error in self._validator.iter_errors(_declared(self._schema, value)):
            name = ".".join(str(part) for part in error.absolute_path)
            found[name or "body"].append(_problem(error))
        return {name: _telling(problems) for name, problems in found.items()}

    def declared(self, value: object) -> dict[str, Any]:
        """Return the members that the schema declares; of anything but an object, none."""
        return _declared(self._schema, value) if isinstance(value, dict) else {}


def strict_validator(schema: Schema) -> Validator:
    """Return a validator with the stricter types, strings and formats of this module."""
    return _StrictValidator(schema, format_checker=_FORMATS)


def _declared(schema: Schema, value: Any) -> Any:
    """Copy what the schema declares and nothing else: hostile depth and bulk end here."""
    if isinstance(value, dict):
        members = schema.get("properties", {})
        return {
            name: _declared(each, value[name]) for name, each in members.items() if name in value
        }
    if isinstance(value, list):
        # One more than is allowed shows that there are too many. The rest is not looked at.
        some = value[: schema["maxItems"] + 1] if "items" in schema else []
        return [_declared(schema["items"], each) for each in some]
    return value


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_EMAIL = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[^\s@.<>()\[\]\\,;:\"]{1,63}\.)+[^\s@.<>()\[\]\\,;:\"]{2,63}"
)
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Errors = Iterator[ValidationError]


def _type(validator: Validator, types: str | list[str], value: Any, _schema: Schema) -> _Errors:
    expected = [types] if isinstance(types, str) else types
    if not any(validator.is_type(value, each) for each in expected):
        yield ValidationError(f"not of type {' or '.join(expected)}")
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        yield ValidationError("has a NUL or a lone surrogate", validator="characters")


def _required(_validator: Validator, names: list[str], value: object, _schema: Schema) -> _Errors:
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                # jsonschema blames the object; a person looks for the words beside the field.
                yield ValidationError("is missing", path=[name])


def _pattern(_validator: Validator, pattern: str, value: object, _schema: Schema) -> _Errors:
    # ``search`` would let ``$`` match before a final line break.
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield ValidationError(f"does not match {pattern}")


_StrictValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"type": _type, "required": _required, "pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or _EMAIL.fullmatch(value) is not None


@_FORMATS.checks("date-time", raises=ValueError)
def _is_utc_instant(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value)
        return _UTC.fullmatch(value) is not None
    return True


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    if isinstance(value, str):
        date.fromisoformat(value)
        # `fromisoformat` also reads `20260701` and `2026-W27-3`, which RFC 3339 does not have.
        return _DATE.fullmatch(value) is not None
    return True


_SPEAKABLE = frozenset(
    {"type", "required", "properties", "minLength", "maxLength", "minimum", "maximum", "enum"}
    | {"items", "minItems", "maxItems", "uniqueItems"}
    | {"pattern", "format", "default", "title", "description", "examples"}
)


def _refuse_unspeakable(schema: Schema) -> None:
    for keyword in schema:
        if keyword not in _SPEAKABLE and not keyword.startswith("x-"):
            raise ValueError(f"no text for the keyword {keyword!r} in a request schema")
    if "array" in schema.get("type", ()) and not {"items", "maxItems"} <= schema.keys():
        raise ValueError("an array in a request schema needs `items` and `maxItems`")
    if schema.get("format", "binary") not in {"binary", "password", *_FORMAT_KINDS}:
        raise ValueError(f"no text for the format {schema['format']!r} in a request schema")
    for each in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        _refuse_unspeakable(each)


def _problem(error: ValidationError) -> FieldProblem:
    if error.validator == "type" and not error.absolute_path:
        return FieldProblem("object")
    if error.validator == "minLength" and error.instance == "":
        return FieldProblem("required")
    if error.validator == "format":
        return FieldProblem(_FORMAT_KINDS[str(error.validator_value)])
    kind = _KINDS.get(str(error.validator), str(error.validator))
    return FieldProblem(kind, MappingProxyType(_values(error)))


_KINDS = {
    "minLength": "too_short",
    "maxLength": "too_long",
    "minimum": "too_small",
    "maximum": "too_large",
    "minItems": "too_few",
    "maxItems": "too_many",
    "uniqueItems": "repeated",
    "enum": "choice",
}

_FORMAT_KINDS = {"email": "email_format", "date-time": "time_format", "date": "date_format"}


def _values(error: ValidationError) -> dict[str, str | int]:
    limit: Any = error.validator_value
    match error.validator:
        case "minLength" | "maxLength" | "minimum" | "maximum" | "minItems" | "maxItems":
            return {"limit": limit}
        case "enum":
            return {"choices": ", ".join(each for each in limit if each is not None)}
        case "type":
            return {"expected": limit if isinstance(limit, str) else " | ".join(limit)}
        case _:
            return {}


_DECISIVE = frozenset({"required", "object", "type", "characters"})


def _telling(problems: list[FieldProblem]) -> list[FieldProblem]:
    """Drop what follows from another problem: of an empty name only that it is empty."""
    return [each for each in problems if each.kind in _DECISIVE][:1] or problems
