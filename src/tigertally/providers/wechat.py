"""What all of WeChat's calls have in common: their error codes, and how they name a person.

A success has no ``errcode`` (or 0); an error is HTTP 200 with another one.
"""

import logging
from dataclasses import dataclass
from typing import Final, NoReturn

from tigertally.core.identities import ProviderIdentity, Pseudonym
from tigertally.errors import (
    ProviderCodeInvalid,
    ProviderMisconfigured,
    ProviderUnavailable,
    ProviderUserBlocked,
    RateLimited,
)
from tigertally.providers.upstream import Answer, Upstream, Values

logger: logging.Logger = logging.getLogger("tigertally")

BUSY: Final = -1

_SPENT: Final = frozenset({40029, 40163})
_TOKEN_REFUSED: Final = frozenset({40001, 40014, 41001, 42001})
_HIGH_RISK: Final = 40226
_QUOTA_OF_A_MINUTE: Final = 45011
_QUOTA_OF_A_DAY: Final = 45009

_MISCONFIGURED: Final = {
    40013: "the app id is not known to WeChat",
    40125: "the app secret is wrong",
    41002: "no app id was sent",
    41004: "no app secret was sent",
    48001: "the app has no permission for this call",
    40164: "this server's address is not on the app's list of allowed ones",
}


class TokenRefused(ProviderUnavailable):
    """The app's token is no longer valid."""


@dataclass(frozen=True, slots=True)
class WechatApi:
    """Asks WeChat, and turns its error codes into ours."""

    upstream: Upstream

    def ask(
        self, method: str, path: str, *, query: Values | None = None, body: Values | None = None
    ) -> Answer:
        """Return an answer without an error code.

        Asks a second time only where WeChat says that it is busy: then it has not looked at the
        code. Raises TokenRefused besides what a Provider raises.
        """
        until = self.upstream.deadline()
        answer = self.upstream.ask(method, path, query=query or {}, body=body, until=until)
        if _errcode(answer) == BUSY:
            answer = self.upstream.ask(method, path, query=query or {}, body=body, until=until)
        if (errcode := _errcode(answer)) != 0:
            _refuse(errcode, path)
        return answer


def person(answer: Answer, *, provider: str, app_id: str) -> ProviderIdentity:
    """Return the person that an answer names. Raises ProviderUnavailable if it names nobody.

    The ``session_key`` beside it is never read: no feature needs it.
    """
    openid = Pseudonym.read(answer.get("openid"))
    if openid is None:
        raise ProviderUnavailable("an answer without an openid")
    union = Pseudonym.read(answer.get("unionid"))
    if union is None and answer.get("unionid"):
        raise ProviderUnavailable("a unionid of the wrong kind")
    return ProviderIdentity(provider, app_id, openid, union)


def _errcode(answer: Answer) -> int:
    errcode = answer.get("errcode", 0)
    if type(errcode) is not int:
        raise ProviderUnavailable("an errcode of the wrong kind")
    return errcode


def _refuse(errcode: int, path: str) -> NoReturn:
    # Only the figure: `errmsg` may repeat what we sent.
    if errcode in _SPENT:
        raise ProviderCodeInvalid(f"errcode {errcode}")
    if errcode in _MISCONFIGURED:
        raise ProviderMisconfigured(f"{path}: errcode {errcode}: {_MISCONFIGURED[errcode]}")
    if errcode in _TOKEN_REFUSED:
        raise TokenRefused(f"{path}: errcode {errcode}")
    if errcode == _HIGH_RISK:
        raise ProviderUserBlocked(f"errcode {errcode}")
    if errcode == _QUOTA_OF_A_MINUTE:
        raise RateLimited(60)
    if errcode == _QUOTA_OF_A_DAY:
        logger.error("%s: the app's daily quota at WeChat is used up (errcode 45009)", path)
        raise RateLimited(3600)
    raise ProviderUnavailable(f"{path}: errcode {errcode}")
