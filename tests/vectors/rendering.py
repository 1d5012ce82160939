"""JSON in lines that a person can read."""

import json
from typing import Final

_WIDTH: Final = 100


def rendered(value: object) -> str:
    """Return JSON: what fits into one line stands in one."""
    return _rendered(value) + "\n"


def _rendered(value: object, indent: str = "") -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= _WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_rendered(one, inner)}" for name, one in value.items()]
        return "{\n" + "\n".join(_filled(parts, inner)) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _rendered(one, inner) for one in value) + f"\n{indent}]"


def _filled(parts: list[str], indent: str) -> list[str]:
    """Return lines with as many members in each as fit."""
    lines = [indent + parts[0]]
    for part in parts[1:]:
        line = f"{lines[-1]}, {part}"
        if "\n" not in line and len(line) < _WIDTH:
            lines[-1] = line
        else:
            lines[-1] += ","
            lines.append(indent + part)
    return lines
