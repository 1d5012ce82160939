"""Alibaba Cloud's two ways to send codes, signed by hand: V3, ``ACS3-HMAC-SHA256``.

SMS (``SendSms``, 2017-05-25) needs a signature and a template of one's own, which only companies
get. Phone number verification (``SendSmsVerifyCode``, 2017-05-25) lends its own to everybody. It
could make and check codes too; ours are sent as values, so that the same rules hold for all codes,
and nobody waits for it when they bring one back. The signature is told at https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from tigertally.clock import Clock
from tigertally.core.challenges import CODE_TTL
from tigertally.core.contacts import HOME_REGION
from tigertally.core.senders import Message, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.upstream import Answer, Upstream
from tigertally.secret import Secret

_VERSION: Final = "2017-05-25"
_ALGORITHM: Final = "ACS3-HMAC-SHA256"
# Without the word before the point, which one of the two leaves out.
_REFUSED: Final = frozenset({"MOBILE_NUMBER_ILLEGAL", "BLACK_KEY_CONTROL_LIMIT"})
_LATER: Final = frozenset(
    {
        "BUSINESS_LIMIT_CONTROL",
        "DAY_LIMIT_CONTROL",
        "FREQUENCY",
        "FREQUENCY_FAIL",
        "SYSTEM_ERROR",
    }
)
_SIDE: Final = re.compile(r"(isv|isp|biz)\.")
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Api(NamedTuple):
    """What tells the two ways apart."""

    base_url: str
    action: str
    number: str
    """The parameter for the number."""
    filled_in: Mapping[str, str]
    """What fills in the template besides the code."""


SMS: Final = Api("https://dysmsapi.aliyuncs.com", "SendSms", "PhoneNumbers", {})
VERIFICATION: Final = Api(
    "https://dypnsapi.aliyuncs.com",
    "SendSmsVerifyCode",
    "PhoneNumber",
    {"min": f"{CODE_TTL // timedelta(minutes=1)}"},
)


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Implements :class:`tigertally.core.senders.Sender`."""

    api: Api
    upstream: Upstream
    key_id: str
    key_secret: Secret
    sign: str
    template: str
    clock: Clock

    def send(self, message: Message) -> Sent:
        """Send a code."""
        return judged(self.api.action, self._ask(message))

    def _ask(self, message: Message) -> Answer | str:
        query = query_text(
            {
                self.api.number: message.to.value.removeprefix(HOME_REGION).removeprefix("+"),
                "SignName": self.sign,
                "TemplateCode": self.template,
                "TemplateParam": json.dumps({"code": message.code.reveal(), **self.api.filled_in}),
            }
        )
        headers = {
            "x-acs-action": self.api.action,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": _VERSION,
        }
        host = {"host": urlsplit(self.upstream.base_url).netloc}
        signed = authorization(
            host | headers, query, key_id=self.key_id, key_secret=self.key_secret
        )
        reply = self.upstream.post(
            "/",
            query=Secret(query),
            headers={**headers, "Authorization": signed},
            content=Secret(""),
            until=self.upstream.deadline(),
        )
        return reply if isinstance(reply, str) else reply.answer


def query_text(parameters: Mapping[str, str]) -> str:
    """Return parameters as they are signed and sent: sorted, in the encoding of RFC 3986."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(parameters.items())
    )


def authorization(
    headers: Mapping[str, str], query: str, *, key_id: str, key_secret: Secret
) -> str:
    """Return the header that signs a POST to ``/``. All of ``headers`` are signed, in lower case.

    ``x-acs-content-sha256`` stands for the body.
    """
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        [
            "POST",
            "/",
            query,
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            signed,
            headers["x-acs-content-sha256"],
        ]
    )
    told = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key_secret.reveal().encode(), told.encode(), "sha256").hex()
    return f"{_ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def judged(action: str, answer: Answer | str) -> Sent:
    """Return what an answer means. Raises ProviderUnavailable or ProviderMisconfigured."""
    if isinstance(answer, str):
        raise ProviderUnavailable(f"{action}: {answer}")
    code = answer.get("Code")
    if code == "OK":
        return Sent.DONE
    # Its `Message` may repeat the number.
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ProviderUnavailable(f"{action}: an answer without a code")
    cause = _SIDE.sub("", code)
    if cause in _REFUSED:
        return Sent.REFUSED
    if cause in _LATER or code.startswith(("Throttling", "ServiceUnavailable", "InternalError")):
        raise ProviderUnavailable(f"{action}: {code}")
    raise ProviderMisconfigured(f"{action}: {code}")
