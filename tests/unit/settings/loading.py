"""Settings of a test, and what is said where they are refused."""

import pytest

from tigertally.errors import SetupError
from tigertally.settings import Settings, load_settings

STRONG = "q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt"


def load(**environ: str) -> Settings:
    return load_settings(environ={f"TALLY_{name}": value for name, value in environ.items()})


def refusal(**environ: str) -> SetupError:
    with pytest.raises(SetupError) as raised:
        load(**environ)
    return raised.value
