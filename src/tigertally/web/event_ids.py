"""Public ids of events: the store's own numbers would reveal how much happens in the service.

A public id is the number, encrypted for its user. It reveals nothing, not even which of two events
was first, and one user's id is invalid in another's history.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final

from tigertally.errors import InvalidRequest
from tigertally.secret import SteadySeal

_NUMBER: Final = 8  # bytes
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class EventIds:
    """Converts numbers of events into public ids and back."""

    seal: SteadySeal = field(repr=False)
    previous: SteadySeal | None = field(default=None, repr=False)
    """The previous key. Ids under it are still read."""

    def name(self, number: int, *, user_id: str) -> str:
        """Return the public id of this user's event. It is always the same."""
        sealed = self.seal.close(number.to_bytes(_NUMBER, "big"), name=user_id)
        return urlsafe_b64encode(sealed).decode()

    def number(self, name: str, *, user_id: str) -> int:
        """Return the number for a result of :meth:`name` for this user.

        Raises InvalidRequest (``cursor``) for any other text.
        """
        if _NAME.fullmatch(name):
            for seal in filter(None, (self.seal, self.previous)):
                opened = seal.open(urlsafe_b64decode(name), name=user_id)
                if opened is not None:
                    return int.from_bytes(opened, "big")
        raise InvalidRequest.at("cursor", "pattern")
