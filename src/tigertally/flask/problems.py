"""Errors become answers: status and text from the contract, evidence from the error."""

import logging
from typing import Any, Final

from flask import Response, g, jsonify
from werkzeug.exceptions import HTTPException

from tigertally.catalogue import load_catalogue
from tigertally.clock import rfc3339
from tigertally.errors import (
    InvalidRequest,
    ProviderMisconfigured,
    ProviderUnavailable,
    RateLimited,
    SessionEnded,
    TallyError,
    UserDisabled,
)
from tigertally.flask.call import language
from tigertally.openapi import spoken

logger = logging.getLogger("tigertally")

_CODE_OF_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}


def answer_error(error: TallyError) -> Response:
    """Return the answer to an error of ours."""
    reason = error.reason if isinstance(error, SessionEnded) else None
    if isinstance(error, ProviderMisconfigured | ProviderUnavailable):
        # The caller learns the id, the operator what is behind it.
        logger.error("request %s: %s: %s", g.get("tally_request_id"), error.code, error)
    response = _answer(error.code, evidence=_evidence(error), reason=reason)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def answer_http_error(error: HTTPException) -> Response:
    """Return the answer to what Flask refuses before a route is reached."""
    code = _CODE_OF_STATUS.get(error.code or 500)
    if code is None:
        code = "invalid_request" if (error.code or 500) < 500 else "internal_error"
    evidence: dict[str, Any] = {"fields": {}} if code == "invalid_request" else {}
    response = _answer(code, evidence=evidence)
    if allowed := error.get_response().headers.get("Allow"):
        response.headers["Allow"] = allowed
    return response


def answer_fault(error: Exception) -> Response:
    """Return the answer to a fault of ours: an id to look for in the log, and nothing else."""
    logger.error("request %s failed", g.get("tally_request_id"), exc_info=error)
    return _answer("internal_error", evidence={"request_id": g.get("tally_request_id", "")})


def _evidence(error: TallyError) -> dict[str, Any]:
    match error:
        case InvalidRequest():
            return {"fields": spoken(error.fields, language())} if error.fields else {}
        case SessionEnded():
            return {
                "reason": error.reason,
                "ended_at": rfc3339(error.ended_at) if error.ended_at else None,
                "by": {"device_name": error.by_device, "ip": error.by_ip},
            }
        case UserDisabled():
            return {"until": rfc3339(error.until) if error.until else None}
        case RateLimited():
            return {"retry_after": error.retry_after}
        case ProviderMisconfigured() | ProviderUnavailable():
            return {"request_id": g.get("tally_request_id", "")}
        case _:
            return {}


def _answer(code: str, *, evidence: dict[str, Any], reason: str | None = None) -> Response:
    catalogue = load_catalogue()
    entry = catalogue.error(code)
    figures = {name: evidence[name] for name in entry.message.placeholders}
    response = jsonify(
        {
            "code": code,
            "message": catalogue.error_message(code, language(), reason=reason, **figures),
            "status": entry.status,
            **evidence,
        }
    )
    response.status_code = entry.status
    if entry.status == 401:
        # RFC 6750 §3; browsers show no dialog for this scheme.
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
