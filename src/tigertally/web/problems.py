"""Turns errors into answers: status and text from the contract, details from the error."""

import logging
from typing import Any, Final

from werkzeug.exceptions import HTTPException

from tigertally.clock import rfc3339
from tigertally.contract.languages import Language
from tigertally.contract.schema import spoken
from tigertally.contract.texts import load_catalogue
from tigertally.contract.waits import wait_in_words
from tigertally.errors import (
    Busy,
    CodeInvalid,
    InvalidRequest,
    NameTaken,
    ProviderMisconfigured,
    RateLimited,
    SessionEnded,
    SetupError,
    TallyError,
    Unavailable,
    UnsupportedMediaType,
    UserDisabled,
)
from tigertally.web import refusals
from tigertally.web.services import Services
from tigertally.web.values import Answer, Request, json_answer

logger: logging.Logger = logging.getLogger("tigertally")

_CODE_OF_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
}


_TOLD: Final = {"Allow", "Content-Range"}
"""Headers that belong to a status: the allowed methods, the length of the whole."""


def answer_exception(services: Services, request: Request, error: Exception) -> Answer:
    """Return the answer for whatever was raised."""
    if isinstance(error, TallyError):
        return answer_error(services, request, error)
    if isinstance(error, HTTPException):
        return answer_http_error(request, error)
    return answer_fault(request, error)


def answer_error(services: Services, request: Request, error: TallyError) -> Answer:
    """Return the answer for one of our errors."""
    if isinstance(error, SetupError):
        # Advice for the operator: it goes to the log, not to the caller.
        return answer_fault(request, error)
    if isinstance(error, Unavailable | ProviderMisconfigured):
        # The caller gets the id, the operator the cause.
        logger.warning("request %s cannot be served: %s", request.id, error)
    refusals.note(services, request, error)
    reason = _reason(error)
    evidence = _evidence(request, error)
    if error.hint is not None:
        evidence["hint"] = services.addresses.spoken(error.hint)
    return _answer(request, error.code, evidence=evidence, reason=reason)


def answer_http_error(request: Request, error: HTTPException) -> Answer:
    """Return the answer for a request that is refused before a route is reached, or by werkzeug."""
    code = _CODE_OF_STATUS.get(error.code or 500)
    if code is None:
        code = "invalid_request" if (error.code or 500) < 500 else "internal_error"
    evidence: dict[str, Any] = {"fields": {}} if code == "invalid_request" else {}
    answer = _answer(request, code, evidence=evidence)
    told = error.get_response().headers
    for name in _TOLD & set(told.keys()):
        answer.headers[name] = told[name]
    return answer


def answer_fault(request: Request, error: Exception) -> Answer:
    """Return the answer for an internal error: an id to look up in the log, and nothing else."""
    logger.error("request %s failed", request.id, exc_info=error)
    return _answer(request, "internal_error", evidence={"request_id": request.id})


def _evidence(request: Request, error: TallyError) -> dict[str, Any]:
    found: dict[str, Any] = {}
    match error:
        case InvalidRequest() | UnsupportedMediaType() | NameTaken():
            found = {"fields": spoken(error.fields, request.language)} if error.fields else {}
        case SessionEnded():
            found = _ended(error)
        case CodeInvalid():
            found = {"tries_left": error.tries_left}
        case RateLimited():
            found = {"retry_after": error.retry_after}
        case UserDisabled():
            found = {"until": rfc3339(error.until) if error.until else None}
        case Busy():
            found = {"retry_after": error.retry_after, "request_id": request.id}
        case Unavailable() | ProviderMisconfigured():
            found = {"request_id": request.id}
    return found


def _reason(error: TallyError) -> str | None:
    """Return what the words of the message depend on, besides the code."""
    match error:
        case SessionEnded():
            return error.reason
        case RateLimited():
            return error.lock
    return None


def _ended(error: SessionEnded) -> dict[str, Any]:
    if error.ended_at is None:
        # Memory is enough to refuse. The row with the details cannot be read.
        return {"reason": error.reason}
    return {
        "reason": error.reason,
        "ended_at": rfc3339(error.ended_at),
        "by": {"device_name": error.by_device, "ip": error.by_ip},
    }


def _answer(
    request: Request, code: str, *, evidence: dict[str, Any], reason: str | None = None
) -> Answer:
    catalogue = load_catalogue()
    entry = catalogue.error(code)
    answer = json_answer(
        {
            "code": code,
            "message": catalogue.error_message(
                code, request.language, reason=reason, **_values(evidence, request.language)
            ),
            "status": entry.status,
            **evidence,
        },
        status=entry.status,
    )
    if "retry_after" in evidence:
        answer.headers["Retry-After"] = str(evidence["retry_after"])
    if entry.status == 401:
        # RFC 6750 §3; browsers show no dialog for this scheme.
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _values(evidence: dict[str, Any], language: Language) -> dict[str, str | int]:
    """Return what stands for the placeholders of a message."""
    values: dict[str, str | int] = {
        name: value for name, value in evidence.items() if isinstance(value, int)
    }
    if "retry_after" in evidence:
        values["retry_after"] = wait_in_words(evidence["retry_after"], language)
    return values
