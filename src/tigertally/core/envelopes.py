"""Messages in the queue: encrypted (sealed), so that a dump reveals no code and no number."""

import json
from typing import Final

from tigertally.core.contacts import ContactKind, Target
from tigertally.core.senders import Letter, Message
from tigertally.secret import Seal, Secret

_PURPOSE: Final = "message/v1"


class Envelopes:
    """Closes and opens messages. Those closed under the ``previous`` secret open as well."""

    def __init__(self, master: Secret, *, previous: Secret | None = None) -> None:
        masters = (master, previous) if previous else (master,)
        self._seals = tuple(Seal(one, _PURPOSE) for one in masters)

    def close(self, message: Message) -> bytes:
        """Return a message as it is stored."""
        told = {
            "to": [message.to.kind, message.to.value],
            "letter": message.letter,
            "locale": message.locale,
            "code": message.code.reveal(),
            "minutes": message.minutes,
        }
        return self._seals[0].close(json.dumps(told).encode(), name=message.id)

    def open(self, sealed: bytes, *, message_id: str) -> Message | None:
        """Return a stored message, or ``None`` if it opens under no secret that is known."""
        for seal in self._seals:
            plain = seal.open(sealed, name=message_id)
            if plain is not None:
                return _message(message_id, plain)
        return None


def _message(message_id: str, plain: bytes) -> Message:
    told = json.loads(plain)
    kind, value = told["to"]
    return Message(
        id=message_id,
        to=Target(ContactKind(kind), value),
        letter=Letter(told["letter"]),
        locale=told["locale"],
        code=Secret(told["code"]),
        minutes=told["minutes"],
    )
