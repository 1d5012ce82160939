"""Tencent Cloud's SMS (``SendSms``, 2021-01-11), signed by hand: ``TC3-HMAC-SHA256``.

The signature is told at https://cloud.tencent.com/document/api/382/52072
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from tigertally.clock import Clock
from tigertally.core.senders import Message, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.upstream import Answer, Upstream
from tigertally.secret import Secret

BASE_URL: Final = "https://sms.tencentcloudapi.com"
REGION: Final = "ap-guangzhou"

_SERVICE: Final = "sms"
_ACTION: Final = "SendSms"
_VERSION: Final = "2021-01-11"
_ALGORITHM: Final = "TC3-HMAC-SHA256"
_REFUSED: Final = frozenset(
    {
        "InvalidParameterValue.IncorrectPhoneNumber",
        "FailedOperation.PhoneNumberInBlacklist",
        "UnsupportedOperation.UnsupportedRegion",
    }
)
_LATER: Final = ("LimitExceeded", "RequestLimitExceeded", "InternalError", "ResourceUnavailable")
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True, slots=True)
class TencentSms:
    """Implements :class:`tigertally.core.senders.Sender`."""

    upstream: Upstream
    key_id: str
    key_secret: Secret
    sign: str
    app_id: str
    """``SmsSdkAppId``: the application that the template belongs to."""
    template: str
    clock: Clock

    def send(self, message: Message) -> Sent:
        """Send a code."""
        return judged(self._ask(message))

    def _ask(self, message: Message) -> Answer | str:
        content = json.dumps(
            {
                "PhoneNumberSet": [message.to.value],
                "SmsSdkAppId": self.app_id,
                "SignName": self.sign,
                "TemplateId": self.template,
                "TemplateParamSet": [message.code.reveal()],
            }
        )
        at = int(self.clock.unix())
        signed = {
            "content-type": "application/json; charset=utf-8",
            "host": urlsplit(self.upstream.base_url).netloc,
            "x-tc-action": _ACTION.lower(),
        }
        authorized = authorization(
            signed, content, at=at, service=_SERVICE, key_id=self.key_id, key_secret=self.key_secret
        )
        reply = self.upstream.post(
            "/",
            query=Secret(""),
            headers={
                "Content-Type": signed["content-type"],
                "X-TC-Action": _ACTION,
                "X-TC-Version": _VERSION,
                "X-TC-Region": REGION,
                "X-TC-Timestamp": str(at),
                "Authorization": authorized,
            },
            content=Secret(content),
            until=self.upstream.deadline(),
        )
        return reply if isinstance(reply, str) else reply.answer.inner("Response")


def authorization(
    headers: Mapping[str, str],
    content: str,
    *,
    at: int,
    service: str,
    key_id: str,
    key_secret: Secret,
) -> str:
    """Return the header that signs a POST to ``/`` at a time (Unix seconds).

    All of ``headers`` are signed: names and values in lower case.
    """
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{headers[name]}" for name in names),
            "",
            signed,
            hashlib.sha256(content.encode()).hexdigest(),
        ]
    )
    day = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    told = f"{_ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{key_secret.reveal()}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, told.encode(), "sha256").hex()
    return (
        f"{_ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
    )


def judged(response: Answer | str) -> Sent:
    """Return what an answer means. Raises ProviderUnavailable or ProviderMisconfigured."""
    if isinstance(response, str):
        raise ProviderUnavailable(f"{_ACTION}: {response}")
    code = _code_of(response)
    if code == "Ok":
        return Sent.DONE
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ProviderUnavailable(f"{_ACTION}: an answer without a code")
    if code in _REFUSED:
        return Sent.REFUSED
    if code.startswith(_LATER):
        raise ProviderUnavailable(f"{_ACTION}: {code}")
    raise ProviderMisconfigured(f"{_ACTION}: {code}")


def _code_of(response: Answer) -> object:
    """Return the code of the request as a whole, or else of its one number."""
    # Apart, and raises nothing: what stands beside the code may repeat the number.
    if (code := response.inner("Error").get("Code")) is not None:
        return code
    statuses = response.get("SendStatusSet")
    first = statuses[0] if isinstance(statuses, list) and statuses else None
    return first.get("Code") if isinstance(first, dict) else None
