"""What WeChat's servers send us on their own account: that somebody withdrew their permission.

A plain message is signed by its token, time and nonce only: the body could be anybody's who has
seen one such address. So an old one is refused; and where a key is set, so is every message that is
not encrypted under it, whose signature covers the body.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tigertally.core.identities import Pseudonym, Withdrawal
from tigertally.errors import Forbidden, InvalidRequest, NotFound
from tigertally.secret import Secret

MESSAGE_MAX: Final = 64 * 1024
AGE_MAX: Final = 300
"""Seconds that a message may be old; WeChat sends one three times within fifteen."""

_WITHDRAWALS: Final = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
_SECONDS: Final = re.compile(r"[0-9]{1,10}")
_BLOCK: Final = 32
_HEAD: Final = 20  # sixteen random bytes, and the length of the message

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WechatPush:
    """Implements :class:`tigertally.core.providers.PushSource`."""

    provider: str
    app_ids: Collection[str]
    token: Secret
    aes_key: Secret | None

    def check(self, app_id: str, query: Query, now: float) -> None:
        """Refuse a message that WeChat did not sign, or that is old."""
        if app_id not in self.app_ids:
            raise NotFound
        self._check_signature(query.get("signature", ""), query)
        sent_at = query.get("timestamp", "")
        if not sent_at.isdecimal() or abs(now - int(sent_at)) > AGE_MAX:
            raise Forbidden("an old message")

    def read(self, app_id: str, query: Query, body: bytes, now: float) -> Withdrawal | None:
        """Return the person who withdrew permission, if the message says so."""
        self.check(app_id, query, now)
        if len(body) > MESSAGE_MAX:
            raise InvalidRequest.at("body", "too_long", limit=MESSAGE_MAX)
        message = _members(body)
        if self.aes_key is not None:
            sealed = message.get("Encrypt", "")
            self._check_signature(query.get("msg_signature", ""), query, sealed)
            message = _members(_decrypted(sealed, self.aes_key, app_id))
        if (
            message.get("MsgType", "").lower() != "event"
            or message.get("Event") not in _WITHDRAWALS
        ):
            return None
        subject = Pseudonym.read(message.get("OpenID"))
        # A message about users of a plug-in has no openid, and concerns no account here.
        if subject is None or message.get("AppID", app_id) != app_id:
            return None
        said = message.get("CreateTime", "")
        # The time of the query was held against ours; the other lies under the encryption.
        at = int(said if _SECONDS.fullmatch(said) else query["timestamp"])
        return Withdrawal(self.provider, app_id, subject, datetime.fromtimestamp(at, UTC))

    def _check_signature(self, signature: str, query: Query, *more: str) -> None:
        parts = [self.token.reveal(), query.get("timestamp", ""), query.get("nonce", ""), *more]
        # WeChat's choice of hash; what matters is that the token is secret.
        signed = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
        expected = hashlib.sha1(signed).hexdigest()  # noqa: S324
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            raise Forbidden("a signature that is not WeChat's")


def _decrypted(sealed: str, key: Secret, app_id: str) -> bytes:
    """Open a message (AES-256-CBC): random bytes, a length, the message, the app id, padding."""
    aes_key = base64.b64decode(f"{key.reveal()}=")
    try:
        data = base64.b64decode(sealed, validate=True)
        opener = Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16])).decryptor()
        padded = opener.update(data) + opener.finalize()
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    if not padded or not 1 <= padded[-1] <= _BLOCK or len(padded) < _HEAD + padded[-1]:
        raise _unreadable()
    plain = padded[: -padded[-1]]
    (length,) = struct.unpack(">I", plain[16:_HEAD])
    if plain[_HEAD + length :] != app_id.encode():
        raise Forbidden("a message for another app")
    return plain[_HEAD : _HEAD + length]


def _members(body: bytes) -> Mapping[str, str]:
    """Return the members of a flat message that are text or figures, be it JSON or XML."""
    try:
        if body.lstrip().startswith(b"<"):
            return _FlatXml().read(body)
        found: Any = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError, expat.ExpatError):
        raise _unreadable() from None
    if not isinstance(found, dict):
        raise _unreadable()
    return {name.strip(): str(value) for name, value in found.items() if type(value) in {str, int}}


def _unreadable() -> InvalidRequest:
    return InvalidRequest.at("body", "pattern")


class _FlatXml:
    """Reads ``<xml><Name>value</Name>…</xml>``, and no more of XML than that."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._found: dict[str, str] = {}

    def read(self, body: bytes) -> Mapping[str, str]:
        """Return the texts by name. Raises ValueError or ExpatError."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        # Entities are declared there: those that grow without end, and those that name files.
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(body, True)  # noqa: FBT003 - expat takes no keyword here
        return self._found

    def _open(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if len(self._path) == 2:
            self._found[name] = ""

    def _close(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if len(self._path) == 2:
            self._found[self._path[1]] += text

    def _refuse(self, *_declaration: object) -> None:
        raise ValueError("a document type")
