"""Messages as WeChat's servers send them: plain or encrypted, JSON or XML, signed."""

import base64
import hashlib
import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx2
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tigertally.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class PushSender:
    """Sends to one address, such as ``http://…/api/push/wechat-mini/<app id>``."""

    url: str
    app_id: str
    token: str
    aes_key: str | None = None
    """The console's EncodingAESKey; with it, messages are encrypted."""
    as_xml: bool = False
    clock: Clock = field(default_factory=SystemClock)

    def verify(self) -> bool:
        """Ask as WeChat does when the address is entered; tell whether the answer is right."""
        echo = str(secrets.randbelow(10**18))
        answer = httpx2.get(f"{self.url}?{self.query()}&echostr={echo}")
        return answer.status_code == 200 and answer.text == echo

    def send(self, event: str, openid: str, **members: str) -> httpx2.Response:
        """Send an event about somebody, such as ``user_authorization_revoke``."""
        query, body = self.message(event, openid, **members)
        return httpx2.post(f"{self.url}?{query}", content=body)

    def message(self, event: str, openid: str, **members: str) -> tuple[str, bytes]:
        """Return the query and the body of a message."""
        message = {
            "ToUserName": "gh_000000000000",
            "FromUserName": "oPlatform",
            "CreateTime": str(int(self.clock.unix())),
            "MsgType": "event",
            "Event": event,
            "OpenID": openid,
            "AppID": self.app_id,
            "RevokeInfo": "6",
            **members,
        }
        body = self._written(message)
        if self.aes_key is None:
            return self.query(), body
        sealed = _sealed(body, self.aes_key, self.app_id)
        return self.query(sealed), self._written({"ToUserName": "gh_0", "Encrypt": sealed})

    def query(self, sealed: str | None = None) -> str:
        """Return a signed query string, of an encrypted body if there is one."""
        timestamp, nonce = str(int(self.clock.unix())), str(secrets.randbelow(10**10))
        values = {
            "signature": _signature(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        if sealed is not None:
            values["encrypt_type"] = "aes"
            values["msg_signature"] = _signature(self.token, timestamp, nonce, sealed)
        return urlencode(values)

    def _written(self, message: Mapping[str, str]) -> bytes:
        if not self.as_xml:
            return json.dumps(message).encode()
        members = "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in message.items())
        return f"<xml>{members}</xml>".encode()


def _signature(*parts: str) -> str:
    # WeChat's choice of hash.
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def _sealed(message: bytes, aes_key: str, app_id: str) -> str:
    key = base64.b64decode(f"{aes_key}=")
    plain = secrets.token_bytes(16) + struct.pack(">I", len(message)) + message + app_id.encode()
    padding = 32 - len(plain) % 32
    closer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = closer.update(plain + bytes([padding]) * padding) + closer.finalize()
    return base64.b64encode(sealed).decode()
