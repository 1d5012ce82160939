"""Checks of what sends email and SMS."""

from collections.abc import Iterator
from typing import Final

from tigertally.cli.doctor.finding import Examined, Finding
from tigertally.core.messages import MessageKind
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.settings.messages import MailWay, SmsWay

_PATIENCE: Final = 10.0  # seconds


def messages(examined: Examined) -> Iterator[Finding]:
    """Check whether codes can be sent, without sending any, and how many messages wait."""
    settings = examined.settings
    if settings.mail_way is None and settings.sms is None:
        yield Finding(
            "codes: none are sent, so only an operator can replace a lost password (docs/codes.md)"
        )
        return
    if MailWay.LOG is settings.mail_way or SmsWay.LOG is settings.sms:
        yield Finding("codes: written into the log (TALLY_MAIL, TALLY_SMS): never do so live")
    if settings.mail_way is MailWay.SMTP:
        yield _smtp(examined)
    if settings.sms not in {None, SmsWay.LOG}:
        yield Finding(f"SMS: by {settings.sms}, at most {settings.sms_daily} a day; not tried")
    yield _queue(examined)


def _smtp(examined: Examined) -> Finding:
    # Not at the top: only a service that sends e-mail needs it.
    from tigertally.providers.mail.smtp import SmtpSender  # noqa: PLC0415

    sender = examined.composition.services.outgoing.senders[MessageKind.EMAIL]
    assert isinstance(sender, SmtpSender)  # noqa: S101 - it follows from the settings
    where = f"{sender.server.host}:{sender.server.port}"
    try:
        sender.introduce(limit=_PATIENCE)
    except ProviderMisconfigured as error:
        return Finding(f"email: {where} refuses us: {error}", "check TALLY_SMTP_URL")
    except ProviderUnavailable as error:
        return Finding(
            f"email: {where} cannot be used now: {error}",
            "see that the mail server runs there, that no firewall is between, and that host and "
            "port in TALLY_SMTP_URL are right",
        )
    return Finding(f"email: {where} lets us in")


def _queue(examined: Examined) -> Finding:
    with examined.composition.context.store.reading() as tx:
        return Finding(f"messages waiting: {tx.messages.waiting()}")
