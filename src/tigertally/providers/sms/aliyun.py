"""Alibaba Cloud's SMS (``SendSms``, 2017-05-25), signed by hand: V3, ``ACS3-HMAC-SHA256``.

The signature is told at https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from tigertally.clock import Clock
from tigertally.core.contacts import HOME_REGION
from tigertally.core.senders import Message, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.upstream import Answer, Upstream
from tigertally.secret import Secret

BASE_URL: Final = "https://dysmsapi.aliyuncs.com"

_ACTION: Final = "SendSms"
_VERSION: Final = "2017-05-25"
_ALGORITHM: Final = "ACS3-HMAC-SHA256"
_REFUSED: Final = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT"})
_LATER: Final = frozenset(
    {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isp.SYSTEM_ERROR"}
)
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Implements :class:`tigertally.core.senders.Sender`."""

    upstream: Upstream
    key_id: str
    key_secret: Secret
    sign: str
    template: str
    clock: Clock

    def send(self, message: Message) -> Sent:
        """Send a code."""
        return judged(self._ask(message))

    def _ask(self, message: Message) -> Answer | str:
        query = query_text(
            {
                "PhoneNumbers": message.to.value.removeprefix(HOME_REGION).removeprefix("+"),
                "SignName": self.sign,
                "TemplateCode": self.template,
                "TemplateParam": json.dumps({"code": message.code.reveal()}),
            }
        )
        headers = {
            "x-acs-action": _ACTION,
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


def judged(answer: Answer | str) -> Sent:
    """Return what an answer means. Raises ProviderUnavailable or ProviderMisconfigured."""
    if isinstance(answer, str):
        raise ProviderUnavailable(f"{_ACTION}: {answer}")
    code = answer.get("Code")
    if code == "OK":
        return Sent.DONE
    # Its `Message` may repeat the number.
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ProviderUnavailable(f"{_ACTION}: an answer without a code")
    if code in _REFUSED:
        return Sent.REFUSED
    if code in _LATER or code.startswith(("Throttling", "ServiceUnavailable", "InternalError")):
        raise ProviderUnavailable(f"{_ACTION}: {code}")
    raise ProviderMisconfigured(f"{_ACTION}: {code}")
