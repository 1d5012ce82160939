"""How tokens travel: in the header and the body, or in cookies."""

from enum import StrEnum


class Carrier(StrEnum):
    """How a token was sent, and so how its successor is returned."""

    BODY = "body"
    COOKIE = "cookie"
