"""What a service answers to a caller whom it does not let in: as the sign-in service would."""

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tigertally.errors import SessionEnded, TallyError, TokenMissing, VerifierUnavailable

logger: logging.Logger = logging.getLogger("tigertally.verify")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer: its status, headers and JSON."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The JSON as bytes."""
        return f"{json.dumps(self.content, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def bearer(authorization: str | None) -> str:
    """Return the token of an ``Authorization`` header (RFC 6750 §2.1). Raises TokenMissing."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    return token


def refusal(error: TallyError, accept_language: str | None) -> Refusal:
    """Return the answer to a caller who is refused, in the language of the request."""
    # Not at the top: a program that refuses nobody needs no texts.
    from tigertally.contract.languages import negotiate  # noqa: PLC0415
    from tigertally.contract.texts import load_catalogue  # noqa: PLC0415

    catalogue = load_catalogue()
    reason = error.reason if isinstance(error, SessionEnded) else None
    evidence: dict[str, Any] = {"reason": reason} if reason else {}
    if isinstance(error, VerifierUnavailable):
        # The caller gets the id, the operator the cause.
        evidence["request_id"] = secrets.token_hex(8)
        logger.warning("request %s cannot be checked: %s", evidence["request_id"], error)
    status = catalogue.error(error.code).status
    message = catalogue.error_message(error.code, negotiate(accept_language), reason=reason)
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    content = {"code": error.code, "message": message, "status": status, **evidence}
    return Refusal(status, headers, content)
