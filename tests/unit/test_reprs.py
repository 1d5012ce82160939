"""What stands in logs, traces and debuggers: no object of ours shows a secret."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import tigertally
from tigertally.settings import load_settings

SECRETS = re.compile(
    "(^|_)(hash|ring|sealed|secret|password|token|refresh|body|cookies)$|^_?headers$|^text$"
)
"""Names of fields that hold secrets or hashes of them."""

PLAIN = re.compile(r"\b(str|bytes|Mapping|dict|list|BytesIO)\b")
"""Types whose own repr shows everything; a `Secret` does not."""


def dataclasses_of_ours() -> Iterator[type[Any]]:
    """Yield each dataclass of the package, but those that stand in for a provider in tests."""
    for module in pkgutil.walk_packages(tigertally.__path__, "tigertally."):
        if re.search(r"\.(migrations|testing|__main__)\b", module.name):
            continue
        for found in vars(importlib.import_module(module.name)).values():
            if getattr(found, "__module__", "") != module.name or not isinstance(found, type):
                continue
            if "__dataclass_fields__" in vars(found):
                yield found


def shown_secrets(kind: type[Any]) -> list[str]:
    """Return the fields of a dataclass that hold secrets and stand in its repr."""
    if "__repr__" not in vars(kind) or "def __repr__" in inspect.getsource(kind):
        return []
    return [
        field.name
        for field in dataclasses.fields(kind)
        if field.repr and SECRETS.search(field.name) and PLAIN.search(str(field.type))
    ]


def test_no_object_shows_a_secret_in_its_repr() -> None:
    kinds = list(dataclasses_of_ours())
    assert len(kinds) > 80
    assert {kind.__name__: found for kind in kinds if (found := shown_secrets(kind))} == {}


def test_the_settings_show_no_secret() -> None:
    secret = "vB7wPq2LxZ9rTk4NcY8sHd3MfG6jEu5A"
    settings = load_settings(
        {
            "secret": secret,
            "secret_previous": secret[::-1],
            "database_url": "postgresql://tally:swordfish@db/tally",
            "redis_url": "redis://:swordfish@cache",
            "wechat_mini_apps": "wx0123456789abcdef:swordfish",
            "wechat_push_token": "swordfish",
        },
        environ={},
    )
    for text in (repr(settings), str(settings)):
        assert "swordfish" not in text
        assert secret not in text
        assert secret[::-1] not in text
