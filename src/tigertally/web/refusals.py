"""Requests that look forged or lack a role are counted, and logged once a minute.

Once for each network and user.
"""

from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.sessions import DeviceType
from tigertally.errors import (
    CsrfFailed,
    Forbidden,
    ProviderCodeInvalid,
    TallyError,
    TokenInvalid,
)
from tigertally.flows.steps.note_refusals import note_refusal
from tigertally.web.call import seen_device
from tigertally.web.metrics import REFUSALS
from tigertally.web.services import Services
from tigertally.web.values import Request

_NAMES: Final[dict[type[TallyError], EventName]] = {
    CsrfFailed: EventName.CSRF_REFUSED,
    Forbidden: EventName.ACCESS_REFUSED,
    TokenInvalid: EventName.TOKEN_REFUSED,
    ProviderCodeInvalid: EventName.CODE_REFUSED,
}


def note(services: Services, request: Request, error: TallyError) -> None:
    """Note an error that answers a request, if it is one of these."""
    name = next((name for kind, name in _NAMES.items() if isinstance(error, kind)), None)
    if name is None:
        return
    services.metrics.count(REFUSALS, error.code)
    # A refused code is written into its owner's history by the journey that it was for.
    unknown = (None, None)
    of_code = isinstance(error, ProviderCodeInvalid)
    user_id, session_id = unknown if of_code else request.proven
    event = Event.refused(
        name,
        at=services.context.clock.now(),
        reason=error.code,
        device=seen_device(request, DeviceType.WEB, None),
        user_id=user_id,
        session_id=session_id,
    )
    note_refusal(services.context, event)
