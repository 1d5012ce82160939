"""Messages: how e-mail and SMS are sent, and how many."""

import re
from email.headerregistry import Address
from email.utils import parseaddr
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from tigertally.settings.providers.values import LOOPBACK, UpstreamUrl
from tigertally.settings.values import PREFIX, Listed, Subject, setting

_PORTS: Final = {"smtps": 465, "smtp": 587}
_EXAMPLE: Final = "smtps://user:password@mail.example.com"


class MailWay(StrEnum):
    """How e-mail is sent."""

    SMTP = "smtp"
    LOG = "log"


class SmsWay(StrEnum):
    """Who sends SMS."""

    ALIYUN = "aliyun"
    ALIYUN_VERIFY = "aliyun_verify"
    TENCENT = "tencent"
    HTTP = "http"
    LOG = "log"


def _smtp_url(secret: SecretStr) -> SecretStr:
    # The value itself is not repeated: there is a password in it.
    try:
        parts = urlsplit(secret.get_secret_value())
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in _PORTS or parts.path.strip("/") or parts.query:
        raise ValueError(f"must be an address like {_EXAMPLE}")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must have both a user and a password, or neither")
    if not re.fullmatch(r"[ -~]*", unquote(parts.username or "") + unquote(parts.password or "")):
        raise ValueError("must have a user and a password in ASCII: no other can be sent")
    return secret


def _mailbox(text: str) -> str:
    name, address = parseaddr(text)
    try:
        Address(name, addr_spec=address)
    except Exception:  # noqa: BLE001 - the parser has errors of many kinds
        address = ""
    if "@" not in address:
        raise ValueError("must be an address like no-reply@example.com, or Name <address>")
    return text


def _key_id(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be letters, digits and signs of ASCII, without spaces")
    return text


def _key_secret(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        # Without its cause, which holds the secret.
        usable = False
    else:
        usable = True
    if not usable:
        raise ValueError("must be in UTF-8")
    return secret


def _region(code: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{0,3}", code):
        raise ValueError("must be calling codes like +852, separated by commas")
    return code


class MessageSettings(Subject):
    """E-mail and SMS: codes to sign in, to choose a new password, to verify an address."""

    title: ClassVar[tuple[str, str]] = ("Messages", "邮件与短信")

    mail: MailWay | None = setting(
        None,
        "How e-mail is sent: `smtp`, or `log` for development, which writes codes into the log. "
        "Unset: `smtp` if there is a server, else no e-mail.",
        "邮件的发送方式：`smtp`；`log` 仅供开发，验证码会写入日志。不设置时：有邮件服务器则为 "
        "`smtp`，否则不发邮件。",
    )
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = setting(
        None,
        "Mail server: `smtps://user:password@host` (TLS, port 465) or `smtp://…` (STARTTLS, port "
        "587; in clear only on this machine). Encode `@`, `:` and `/` in the password.",
        "邮件服务器：`smtps://user:password@host`（TLS，端口 465）或 `smtp://…`（STARTTLS，"
        "端口 587；仅本机可不加密）。密码中的 `@`、`:`、`/` 需要编码。",
        from_file=True,
        shown=False,
    )
    mail_from: Annotated[str, AfterValidator(_mailbox)] | None = setting(
        None,
        "Sender of e-mail, such as `Example <no-reply@example.com>`.",
        "发件人，例如 `Example <no-reply@example.com>`。",
    )
    sms: SmsWay | None = setting(
        None,
        "Who sends SMS: `aliyun`, `aliyun_verify` (its service for people without a company), "
        "`tencent`, `http` (your gateway), or `log` for development, which writes codes into the "
        "log. Unset: no SMS.",
        "短信的发送方式：`aliyun`（阿里云短信服务）、`aliyun_verify`（阿里云短信认证，个人也可开通）、"
        "`tencent`（腾讯云）、`http`（自有网关）；`log` 仅供开发，验证码会写入日志。"
        "不设置则不发短信。",
    )
    sms_key_id: Annotated[str, AfterValidator(_key_id)] | None = setting(
        None, "Access key for SMS: its id.", "短信服务的访问密钥：编号（AccessKeyId、SecretId）。"
    )
    sms_key_secret: Annotated[SecretStr, AfterValidator(_key_secret)] | None = setting(
        None,
        "Access key for SMS: its secret. A gateway checks signatures with it.",
        "短信服务的访问密钥：密钥（AccessKeySecret、SecretKey）。自有网关用它校验签名。",
        from_file=True,
    )
    sms_sign: str | None = setting(
        None, "Signature of SMS, as it was approved.", "短信签名，须已通过审核。"
    )
    sms_template: str | None = setting(
        None,
        "Template of SMS with one parameter, `code`. For `tencent`: `SdkAppId:TemplateId`.",
        "短信模板，只有一个变量 `code`。`tencent` 写作 `SdkAppId:TemplateId`。",
    )
    sms_url: UpstreamUrl | None = setting(
        None,
        "Address of your gateway (`http`), or another address of the provider.",
        "自有网关（`http`）的地址，或服务商的其他接入地址。",
    )
    sms_regions: Annotated[tuple[Annotated[str, AfterValidator(_region)], ...], Listed] = setting(
        (),
        "Calling codes that may get SMS besides `+86`, separated by commas.",
        "除 `+86` 外可以接收短信的国际区号，用逗号分隔。",
    )
    sms_daily: Annotated[int, Field(ge=1, le=10_000_000)] = setting(
        10_000,
        "SMS of one day (UTC), of all users together. The next one is refused, and logged.",
        "全站每天（UTC）的短信条数上限。超出后拒绝发送，并写入日志。",
    )

    @property
    def mail_way(self) -> MailWay | None:
        """How e-mail is sent; ``None`` if it is not."""
        return self.mail or (MailWay.SMTP if self.smtp_url else None)

    def check(self) -> None:
        """Refuse a way to send that lacks something."""
        if self.mail_way is MailWay.SMTP and not (self.smtp_url and self.mail_from):
            missing = "MAIL_FROM" if self.smtp_url else "SMTP_URL"
            raise ValueError(f"{PREFIX}MAIL=smtp needs {PREFIX}{missing}")
        account = ("sms_key_id", "sms_key_secret", "sms_sign", "sms_template")
        needed = {
            SmsWay.ALIYUN: account,
            SmsWay.ALIYUN_VERIFY: account,
            SmsWay.TENCENT: account,
            SmsWay.HTTP: ("sms_url", "sms_key_secret"),
        }
        for name in needed.get(self.sms, ()) if self.sms else ():
            if not getattr(self, name):
                raise ValueError(f"{PREFIX}SMS={self.sms} needs {PREFIX}{name.upper()}")
        if self.sms is SmsWay.ALIYUN_VERIFY and self.sms_regions:
            raise ValueError(f"{PREFIX}SMS=aliyun_verify reaches no {PREFIX}SMS_REGIONS, only +86")
        if self.sms is SmsWay.TENCENT and ":" not in (self.sms_template or ""):
            raise ValueError(f"{PREFIX}SMS_TEMPLATE must be SdkAppId:TemplateId")


def smtp_parts(secret: SecretStr) -> tuple[str, int, str, str | None, bool]:
    """Return host, port, user, password, and whether TLS begins with the first byte."""
    parts = urlsplit(secret.get_secret_value())
    password = unquote(parts.password) if parts.password is not None else None
    return (
        parts.hostname or "",
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        password,
        parts.scheme == "smtps",
    )


def is_this_machine(host: str) -> bool:
    """Tell whether what goes to a host stays on this machine."""
    return host in LOOPBACK
