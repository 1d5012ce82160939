"""The product itself, composed for a measurement in a folder of its own."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tigertally.core.sessions import Device
from tigertally.flows.context import Tally
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.server.compose import Composition, compose
from tigertally.settings import load_settings

NAME = "hufu"
PASSWORD = Secret("two halves make one")
DEVICE = Device(name="benchmark", ip="127.0.0.1")


@contextmanager
def composed(**settings: object) -> Iterator[Composition]:
    """Compose the product with one account, and throw everything away afterwards."""
    logging.getLogger("tigertally").setLevel(logging.ERROR)
    folder = Path(tempfile.mkdtemp(prefix="tally-bench-"))
    loaded = load_settings(
        {"data_dir": folder / "data", "rate_limits": "off", **settings}, environ={}
    )
    composition = compose(loaded)
    try:
        Register(composition.context)(Registration(NAME, PASSWORD), device=DEVICE)
        yield composition
    finally:
        composition.close()
        shutil.rmtree(folder, ignore_errors=True)


def sign_in(composition: Composition) -> Tally:
    """Open a session of the one account."""
    return SignIn(composition.context)(NAME, PASSWORD, device=DEVICE, nonce=None)
