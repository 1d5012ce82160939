"""What looks forged, or needs another role, is counted, and written down once a minute.

Once for each network and user.
"""

from typing import Final

from flask import g

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import DeviceType
from tigertally.errors import (
    CsrfFailed,
    Forbidden,
    ProviderCodeInvalid,
    TallyError,
    TokenInvalid,
)
from tigertally.flask.call import seen_device
from tigertally.flask.metrics import REFUSALS
from tigertally.flask.services import services
from tigertally.flows.steps.note_refusals import note_refusal

_NAMES: Final[dict[type[TallyError], EventName]] = {
    CsrfFailed: EventName.CSRF_REFUSED,
    Forbidden: EventName.ACCESS_REFUSED,
    TokenInvalid: EventName.TOKEN_REFUSED,
    ProviderCodeInvalid: EventName.CODE_REFUSED,
}


def note(error: TallyError) -> None:
    """Note an error that answers the present request, if it is one of these."""
    name = next((name for kind, name in _NAMES.items() if isinstance(error, kind)), None)
    if name is None:
        return
    found = services()
    found.metrics.count(REFUSALS, error.code)
    # A refused code is written into its owner's history by the journey that it was for.
    unknown = (None, None)
    of_code = isinstance(error, ProviderCodeInvalid)
    user_id, session_id = unknown if of_code else g.get("tally_caller", unknown)
    event = Event.refused(
        name,
        at=found.context.clock.now(),
        reason=error.code,
        device=seen_device(DeviceType.WEB, None),
        user_id=user_id,
        session_id=session_id,
    )
    note_refusal(found.context, event)
