"""Reads the list of common passwords that the package carries."""

import gzip
from functools import cache
from importlib.resources import files

from tigertally.core.common_passwords import CommonPasswords


@cache
def load_common_passwords() -> CommonPasswords:
    """Return those that attackers try first; read once in a process."""
    packed = (files("tigertally") / "common_passwords.gz").read_bytes()
    return CommonPasswords(gzip.decompress(packed))
