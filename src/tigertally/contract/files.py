"""The files of the contract as plain data."""

from importlib.resources import files
from typing import cast

import yaml


def read_contract_file(name: str) -> dict[str, object]:
    """Return a YAML file of the contract as plain data; ``FileNotFoundError`` if there is none."""
    content = (files("tigertally.contract") / name).read_bytes()
    # libyaml, where it was built in, reads the contract in a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast("dict[str, object]", yaml.load(content, Loader=loader))  # noqa: S506 - a safe loader
