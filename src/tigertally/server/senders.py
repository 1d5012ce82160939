"""Creates what sends messages from the settings."""

import logging
import threading
from collections.abc import Callable, Mapping
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import urlsplit

from tigertally.clock import Clock
from tigertally.core.challenges import ChallengeKeys
from tigertally.core.envelopes import Envelopes
from tigertally.core.messages import Fate, MessageKind
from tigertally.core.senders import Sender
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing
from tigertally.flows.send_messages import SendMessages
from tigertally.providers.log_sender import LogSender
from tigertally.secret import Secret
from tigertally.server.extras import require_extra
from tigertally.server.providers import proxy_towards
from tigertally.settings import Settings
from tigertally.settings.messages import MailWay, SmsWay, is_this_machine, smtp_parts

logger: logging.Logger = logging.getLogger("tigertally")


class Wake:
    """Wakes the threads of this process that send messages."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Forget the threads of the parent."""
        self._events: dict[str, threading.Event] = {}

    def event(self, name: str) -> threading.Event:
        """Return the event that a thread waits for."""
        return self._events.setdefault(name, threading.Event())

    def __call__(self) -> None:
        """Wake all of them."""
        for event in list(self._events.values()):
            event.set()


def make_outgoing(
    settings: Settings,
    clock: Clock,
    master: Secret,
    previous: Secret | None,
    wake: Wake,
    counted: Callable[[MessageKind, Fate], None],
) -> Outgoing:
    """Return what journeys need to promise and send messages."""
    return Outgoing(
        senders=make_senders(settings, clock),
        keys=ChallengeKeys(master),
        envelopes=Envelopes(master, previous=previous),
        regions=settings.sms_regions,
        sms_daily=settings.sms_daily,
        wake=wake,
        report=logger.warning,
        counted=counted,
    )


def senders_of(context: Context, outgoing: Outgoing) -> dict[str, SendMessages]:
    """Return what sends in the background: one for each way, by the name of its thread."""
    found = {}
    # What is sent nowhere goes with the first.
    also = [MessageKind.NOTHING]
    for kind in outgoing.senders:
        found[kind.value] = SendMessages(context, outgoing, (kind, *also))
        also = []
    return found


def make_senders(settings: Settings, clock: Clock) -> Mapping[MessageKind, Sender]:
    """Return the ways to send that are set up."""
    senders: dict[MessageKind, Sender] = {}
    if settings.mail_way is not None:
        senders[MessageKind.EMAIL] = _mail(settings, clock)
    if settings.sms is not None:
        senders[MessageKind.SMS] = _sms(settings, clock)
    if LogSender() in senders.values():
        logger.warning("codes are written into this log (TALLY_MAIL, TALLY_SMS): never do so live")
    return senders


def _mail(settings: Settings, clock: Clock) -> Sender:
    if settings.mail_way is MailWay.LOG or settings.smtp_url is None:
        return LogSender()
    # Not at the top: only a service that sends e-mail needs it.
    from tigertally.providers.mail.smtp import (  # noqa: PLC0415
        Encryption,
        SmtpSender,
        SmtpServer,
    )

    host, port, user, password, implicit = smtp_parts(settings.smtp_url)
    demanded = Encryption.NONE if is_this_machine(host) else Encryption.STARTTLS
    server = SmtpServer(
        host,
        port,
        Encryption.IMPLICIT if implicit else demanded,
        user,
        Secret(password) if password is not None else None,
    )
    name, address = parseaddr(settings.mail_from or "")
    site = urlsplit(settings.public_origin or "").hostname or name or "Tiger Tally"
    return SmtpSender(server, Address(name, addr_spec=address), site, clock)


def _sms(settings: Settings, clock: Clock) -> Sender:
    if settings.sms is SmsWay.LOG:
        return LogSender()
    require_extra("providers", what="sending SMS (TALLY_SMS)")
    # Not at the top: only a service that sends SMS needs it.
    from tigertally.providers.sms import aliyun, gateway, tencent  # noqa: PLC0415
    from tigertally.providers.upstream import Upstream  # noqa: PLC0415

    def upstream(base_url: str) -> Upstream:
        return Upstream(base_url, proxy=proxy_towards(base_url))

    key_id = settings.sms_key_id or ""
    secret = settings.sms_key_secret
    key_secret = Secret(secret.get_secret_value() if secret else "")
    sign, template = settings.sms_sign or "", settings.sms_template or ""
    url = settings.sms_url
    if settings.sms in {SmsWay.ALIYUN, SmsWay.ALIYUN_VERIFY}:
        api = aliyun.SMS if settings.sms is SmsWay.ALIYUN else aliyun.VERIFICATION
        there = upstream(url or api.base_url)
        return aliyun.AliyunSms(api, there, key_id, key_secret, sign, template, clock)
    if settings.sms is SmsWay.TENCENT:
        there = upstream(url or tencent.BASE_URL)
        app_id, _, template_id = template.partition(":")
        return tencent.TencentSms(there, key_id, key_secret, sign, app_id, template_id, clock)
    return gateway.GatewaySms.at(
        url or "",
        proxy=proxy_towards(url or ""),
        key_secret=key_secret,
        sign=sign,
        template=template,
        clock=clock,
    )
