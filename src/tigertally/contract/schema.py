"""JSON Schema (draft 2020-12) for input from strangers: what is wrong with it, field by field.

``validation.py`` does the work. What is added here: only what a schema declares is looked at, so
deep nesting costs nothing, and of several problems the telling one is kept.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tigertally.contract.languages import Language
from tigertally.contract.texts import FORMAT_KINDS, load_catalogue
from tigertally.errors import FieldProblem
from tigertally.loading import LOADING

if TYPE_CHECKING:
    from tigertally.contract.validation import Validation

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
        self._compiled: Validation | None = None

    def prepare(self) -> None:
        """Compile the schema now rather than at the first value."""
        self._validation()

    def _validation(self) -> "Validation":
        # No cached property: before Python 3.12 it has a lock of its own, which no fork waits for.
        if self._compiled is None:
            with LOADING:
                # Not at the top: the library takes a while, and who only protects views needs none.
                from tigertally.contract.validation import Validation  # noqa: PLC0415

                self._compiled = Validation(self._schema)
        return self._compiled

    def problems(self, value: object) -> Problems:
        """Return what is wrong with ``value``, field by field; empty if nothing is.

        Members that the schema does not declare are ignored. ``value`` may be anything that
        ``json.loads`` returns.
        """
        found = self._validation().problems(_declared(self._schema, value))
        return {name: _telling(problems) for name, problems in found.items()}

    def declared(self, value: object) -> dict[str, Any]:
        """Return the members that the schema declares; of anything but an object, none."""
        return _declared(self._schema, value) if isinstance(value, dict) else {}


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


_SPEAKABLE = frozenset(
    {"type", "required", "properties", "minLength", "maxLength", "minimum", "maximum", "enum"}
    | {"items", "minItems", "maxItems", "uniqueItems"}
    | {"pattern", "format", "default", "title", "description", "examples"}
)


def _refuse_unspeakable(schema: Schema) -> None:
    for keyword in schema:
        if keyword not in _SPEAKABLE and not keyword.startswith("x-"):
            raise ValueError(f"no text for the keyword {keyword!r} in a request schema")
    is_array = "items" in schema or "array" in schema.get("type", ())
    if is_array and not {"type", "items", "maxItems"} <= schema.keys():
        raise ValueError("an array in a request schema needs `items` and `maxItems`")
    if schema.get("format", "binary") not in {"binary", "password", *FORMAT_KINDS}:
        raise ValueError(f"no text for the format {schema['format']!r} in a request schema")
    for each in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        _refuse_unspeakable(each)


_DECISIVE = frozenset({"required", "object", "type", "characters"})


def _telling(problems: list[FieldProblem]) -> list[FieldProblem]:
    """Drop what follows from another problem: of an empty name only that it is empty."""
    return [each for each in problems if each.kind in _DECISIVE][:1] or problems
