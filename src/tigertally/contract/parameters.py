"""Parameters of operations, in the query and in the headers: checked, and read as their types."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from tigertally.contract.schema import Problems, RequestSchema


class Lookup(Protocol):
    """Anything that answers one text by name, like ``request.args`` and ``request.headers``."""

    def get(self, name: str, /) -> str | None:
        """Return the text of that name, or None."""


class Parameters:
    """The parameters of one operation in one place, ``query`` or ``header``."""

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

    def prepare(self) -> None:
        """Compile the schema now, if there is any parameter."""
        if self._schemas:
            self._schema.prepare()

    def problems(self, source: Lookup) -> Problems:
        """Return what is wrong with them, by name."""
        return self._schema.problems(self._read(source)) if self._schemas else {}

    def values(self, source: Lookup) -> dict[str, str | int | bool]:
        """Return them as their own types, with the defaults of those left out."""
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
