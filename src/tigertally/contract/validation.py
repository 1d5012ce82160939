"""Holds values against a schema: jsonschema, with stricter types, strings and formats.

No problem repeats a value; strings that no store can hold are refused; ``1.0`` and ``true`` are no
integers, because the code behind would be handed a float or a bool.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tigertally.contract.texts import FORMAT_KINDS
from tigertally.errors import FieldProblem


class Validation:
    """A schema, compiled."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = strict_validator(schema)

    def problems(self, value: Any) -> Mapping[str, list[FieldProblem]]:
        """Return what is wrong with ``value``, by the dotted name of the field or ``body``."""
        found: defaultdict[str, list[FieldProblem]] = defaultdict(list)
        for error in self._validator.iter_errors(value):
            name = ".".join(str(part) for part in error.absolute_path)
            found[name or "body"].append(_problem(error))
        return found


def strict_validator(schema: Mapping[str, Any]) -> Validator:
    """Return a validator with the stricter types, strings and formats of this module."""
    return _StrictValidator(schema, format_checker=_FORMATS)


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_EMAIL = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[^\s@.<>()\[\]\\,;:\"]{1,63}\.)+[^\s@.<>()\[\]\\,;:\"]{2,63}"
)
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Errors = Iterator[ValidationError]


def _type(
    validator: Validator, types: str | list[str], value: Any, _schema: Mapping[str, Any]
) -> _Errors:
    expected = [types] if isinstance(types, str) else types
    if not any(validator.is_type(value, each) for each in expected):
        yield ValidationError(f"not of type {' or '.join(expected)}")
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        yield ValidationError("has a NUL or a lone surrogate", validator="characters")


def _required(
    _validator: Validator, names: list[str], value: object, _schema: Mapping[str, Any]
) -> _Errors:
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                # jsonschema blames the object; a person looks for the words beside the field.
                yield ValidationError("is missing", path=[name])


def _pattern(
    _validator: Validator, pattern: str, value: object, _schema: Mapping[str, Any]
) -> _Errors:
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


def _problem(error: ValidationError) -> FieldProblem:
    if error.validator == "type" and not error.absolute_path:
        return FieldProblem("object")
    if error.validator == "minLength" and error.instance == "":
        return FieldProblem("required")
    if error.validator == "format":
        return FieldProblem(FORMAT_KINDS[str(error.validator_value)])
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
